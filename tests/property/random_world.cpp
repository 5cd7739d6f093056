#include "tests/property/random_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

namespace bursar::testing {
namespace {

using treasury::World;

const char* const kPools[] = {"batch", "chat", "embed"};
const Instant kToday = *parseInstant("2026-11-24T00:00:00Z");

class Reader {
  public:
    explicit Reader(const Tape& tape) : tape_(tape) {}

    [[nodiscard]] bool atEnd() const { return at_ >= tape_.size(); }

    std::int64_t below(std::int64_t bound) {
        const std::uint32_t next = atEnd() ? 0 : tape_[at_++];
        return static_cast<std::int64_t>(next % static_cast<std::uint64_t>(bound));
    }
    int number(int least, int most) { return least + static_cast<int>(below(most - least + 1)); }
    bool oneIn(int n) { return below(n) == n - 1; }

    std::int64_t amount() {
        switch (below(4)) {
            case 0:
            case 1:
                return below(50);
            case 2:
                return below(1'000'000);
            default:
                return api::kMaxTokens - below(1000);
        }
    }

  private:
    const Tape& tape_;
    std::size_t at_ = 0;
};

api::AllocationPolicy readPolicy(Reader& in) {
    api::AllocationPolicy policy;
    policy.meta.name = "main";
    policy.historyPercent = in.number(0, 100);
    policy.forecastDiscipline.enforcement = static_cast<api::Enforcement>(in.below(3));
    policy.forecastDiscipline.tolerancePercent = in.number(0, 100);
    policy.forecastDiscipline.severityPercent = in.number(0, 200);
    policy.forecastDiscipline.maxHaircutPercent = in.number(0, 100);
    policy.forecastDiscipline.lookbackPeriods = in.number(1, 24);
    const int pools = in.number(1, 3);
    for (int i = 0; i < pools; ++i) {
        api::Pool pool;
        pool.name = kPools[i];
        pool.tokensPerWindow = api::Tokens{in.amount()};
        if (in.oneIn(2)) pool.tokensPerMinute = api::TokensPerMinute{in.amount()};
        pool.burstPercent = in.number(0, 50);
        pool.window = static_cast<api::BudgetWindow>(in.below(3));
        pool.unallocated = static_cast<api::Unallocated>(in.below(2));
        policy.pools.push_back(std::move(pool));
    }
    return policy;
}

void readWeight(Reader& in, api::AllocationPolicy& policy, const std::string& team) {
    api::Weight entry;
    entry.team = team;
    if (in.oneIn(2)) entry.pool = kPools[in.below(3)];
    if (in.oneIn(2)) entry.weight = in.oneIn(2) ? in.number(1, 4) : in.number(1, 10'000);
    if (in.oneIn(3)) entry.floor = api::Tokens{in.amount()};
    if (in.oneIn(3)) entry.ceiling = api::Tokens{in.amount()};
    if (entry.floor && entry.ceiling && *entry.ceiling < *entry.floor) std::swap(entry.floor, entry.ceiling);
    const bool listed = std::any_of(policy.weights.begin(), policy.weights.end(), [&](const api::Weight& before) {
        return before.team == entry.team && before.pool == entry.pool;
    });
    if (!listed) policy.weights.push_back(std::move(entry));  // the API server keeps (team, pool) unique
}

void readRecord(Reader& in, World& world, const std::string& pool, const std::string& team) {
    const int periods = in.number(0, 3);
    for (int k = 0; k < periods; ++k) {
        treasury::PeriodRecord record;
        record.period = fmt::format("2026-{:02}", 10 - k);
        record.windows = in.below(100);
        record.forecastSum = api::Wide{in.amount()} * record.windows;
        record.actualSum = api::Wide{in.amount()} * record.windows;
        record.refusedWindows = in.below(record.windows + 1);
        world.record[{"main", pool, team}].push_back(record);
    }
}

std::shared_ptr<api::TeamQuota> makeQuota(const std::string& team) {
    auto quota = std::make_shared<api::TeamQuota>();
    quota->meta.ns = team;
    quota->meta.name = "quota";
    quota->policy = "main";
    quota->team = team;
    return quota;
}

void addRequest(Reader& in, api::TeamQuota& quota, const char* pool) {
    api::Request request;
    request.pool = pool;
    request.field = fmt::format("spec.requests[{}]", quota.requests.size());
    request.forecast = api::Tokens{in.amount()};
    if (in.oneIn(3)) request.peakTokensPerMinute = api::TokensPerMinute{in.amount()};
    quota.requests.push_back(std::move(request));
}

void readTeam(Reader& in, World& world, api::AllocationPolicy& policy) {
    const std::string team = fmt::format("team-{:02}", world.quotas.size());
    const auto quota = makeQuota(team);
    for (std::size_t i = 0; i < policy.pools.size(); ++i) {
        if (i > 0 && !in.oneIn(2)) continue;
        const std::string& pool = policy.pools[i].name;
        addRequest(in, *quota, kPools[i]);
        readRecord(in, world, pool, team);
        if (in.oneIn(4)) {
            world.usage["main"].consumed[{pool, team, kToday}] = api::Tokens{in.amount()};
        }
    }
    if (in.oneIn(2)) readWeight(in, policy, team);
    if (in.oneIn(4)) readWeight(in, policy, team);
    world.quotas.push_back(quota);
}

World readWorld(Reader& in, api::AllocationPolicy& policy) {
    World world;
    policy = readPolicy(in);
    do readTeam(in, world, policy);
    while (!in.atEnd());
    return world;
}

// An object with errors, as a cluster or a careless manifest may have it.
void readJunk(Reader& in, World& world) {
    const auto quota = makeQuota(fmt::format("team-{:02}", in.below(8)));
    quota->meta.name = fmt::format("more-{}", world.quotas.size());  // the API server keeps names unique
    quota->meta.created = Instant{std::chrono::seconds{in.below(3)}};
    for (int i = in.number(0, 3); i > 0; --i) addRequest(in, *quota, in.oneIn(4) ? "nowhere" : kPools[in.below(3)]);
    switch (in.below(6)) {
        case 0:
            quota->policy = in.oneIn(2) ? "nope" : "broken";
            break;
        case 1:
            quota->errors.push_back({in.oneIn(2) ? "spec.team" : "spec.requests[0].forecast", "is odd"});
            break;
        case 2:
            quota->meta.ns = fmt::format("foreign-{}", in.below(3));
            break;
        case 3:
            if (!quota->requests.empty()) quota->requests.front().usable = false;
            break;
        case 4:
            world.namespaces[quota->meta.ns]["bursar.dev/team"] = fmt::format("team-{:02}", in.below(8));
            break;
        default:
            quota->team = in.oneIn(2) ? "" : std::string(300, 'x');
    }
    world.quotas.push_back(quota);
}

void readLoan(Reader& in, World& world) {
    auto loan = std::make_shared<api::BurstLoan>();
    loan->meta.ns = fmt::format("team-{:02}", in.below(8));
    loan->meta.name = fmt::format("loan-{}", world.loans.size());
    loan->meta.created = kToday - std::chrono::hours{in.below(100)};
    loan->meta.generation = 1;
    loan->teamQuota = in.oneIn(4) ? "nope" : "quota";
    loan->pool = in.oneIn(4) ? "nowhere" : kPools[in.below(3)];
    loan->tokens = api::Tokens{in.amount()};
    loan->tokensPerMinute = api::TokensPerMinute{in.amount()};
    const Instant start = kToday + std::chrono::hours{in.below(100) - 50};
    loan->end = start + std::chrono::hours{in.below(100) - 10};
    if (!in.oneIn(5)) loan->start = start;
    loan->reason = in.oneIn(4) ? "why not" : "Launch of the new search page";
    loan->acceptPartial = in.oneIn(2);
    if (in.oneIn(5)) loan->errors.push_back({"spec.tokens", "is odd"});
    world.loans.push_back(std::move(loan));
}

template <typename List>
void shuffle(List& list, std::mt19937& random) {
    std::shuffle(list.begin(), list.end(), random);
}

// The first of two equal requests counts, so the order of requests matters.
bool requestsTwice(const api::TeamQuota& quota) {
    std::set<std::string> pools;
    for (const api::Request& request : quota.requests) pools.insert(request.pool);
    return pools.size() < quota.requests.size();
}

std::string describeBudget(const treasury::Budget& budget) {
    std::string text = fmt::format(
        "{} {} {} {} {} {} {} {} {}", budget.pool, formatInstant(budget.span.start), budget.baseline.value(),
        budget.granted.value(), budget.consumed.value(), budget.remaining.value(), budget.usedPercent,
        budget.tokensPerMinute ? budget.tokensPerMinute->value() : -1, toString(budget.rationale.bound));
    text += " " + budget.rationale.sentence;
    for (const auto& term : budget.forecastRecord) {
        text += fmt::format(" [{} {} {} {} {}]", term.period, term.forecast, term.actual, term.errorPercent,
                            term.overPercent);
    }
    return text;
}

std::string describePool(const treasury::PoolDecision& pool) {
    return fmt::format(
        "pool {} C {} B {} D {} granted {} unallocated {} consumed {} free {} promised {} teams {} level "
        "{} {}",
        pool.name, pool.capacity.value(), pool.reserve.value(), pool.distributable.value(), pool.granted.value(),
        pool.unallocated.value(), pool.consumed.value(), pool.free.value(), pool.loans.promised.value(), pool.teamCount,
        pool.level.value_or(-1), pool.overcommitted);
}

std::string sortedLines(std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace

World makeValidWorld(const Tape& tape) {
    Reader in{tape};
    api::AllocationPolicy policy;
    World world = readWorld(in, policy);
    world.policies.push_back(std::make_shared<api::AllocationPolicy>(std::move(policy)));
    return world;
}

World makeJunkWorld(const Tape& tape) {
    Tape half{tape.begin(), tape.begin() + static_cast<std::ptrdiff_t>(tape.size() / 2)};
    World world = makeValidWorld(half);
    Tape rest{tape.begin() + static_cast<std::ptrdiff_t>(tape.size() / 2), tape.end()};
    Reader in{rest};
    while (!in.atEnd()) in.oneIn(3) ? readLoan(in, world) : readJunk(in, world);
    auto broken = std::make_shared<api::AllocationPolicy>(*world.policies.front());
    broken->meta.name = "broken";
    broken->errors.push_back({"spec.pools", "is odd"});
    world.policies.push_back(std::move(broken));
    return world;
}

World shuffled(const World& world, std::uint32_t seed) {
    std::mt19937 random{seed};
    World copy = world;
    for (auto& shared : copy.policies) {
        auto policy = std::make_shared<api::AllocationPolicy>(*shared);
        shuffle(policy->pools, random);
        shuffle(policy->weights, random);
        shared = std::move(policy);
    }
    for (auto& shared : copy.quotas) {
        auto quota = std::make_shared<api::TeamQuota>(*shared);
        if (!requestsTwice(*quota)) shuffle(quota->requests, random);
        shared = std::move(quota);
    }
    shuffle(copy.policies, random);
    shuffle(copy.quotas, random);
    shuffle(copy.loans, random);
    return copy;
}

std::string describe(const treasury::Decisions& decisions) {
    std::string text;
    for (const auto& policy : decisions.policies) {
        text += fmt::format("policy {} teams {} problems {}\n", policy.name, policy.teamCount, policy.problems.size());
        std::vector<std::string> pools;
        for (const auto& pool : policy.pools) pools.push_back(describePool(pool));
        text += sortedLines(std::move(pools));
        for (const auto& limit : policy.limits) {
            text += fmt::format("limit {} {} {}\n", limit.team, limit.pool, limit.tokensPerWindow.value());
        }
    }
    for (const auto& quota : decisions.quotas) {
        text += fmt::format("quota {}/{} {}\n", quota.ns, quota.name, quota.team);
        for (const auto& problem : quota.problems) text += problem.reason + "\n";
        std::vector<std::string> budgets;
        for (const auto& budget : quota.budgets) budgets.push_back(describeBudget(budget));
        text += sortedLines(std::move(budgets));
    }
    for (const auto& loan : decisions.loans) {
        text += fmt::format("loan {}/{} {} {} {} {}\n", loan.ns, loan.name, toString(loan.outcome.phase),
                            toString(loan.outcome.rule), loan.outcome.granted.value(), loan.problems.size());
    }
    return text;
}

}  // namespace bursar::testing
