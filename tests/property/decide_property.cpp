// Properties of decide() over random worlds: the guarantees of §3 for grants and rates.
#include <algorithm>
#include <map>

#include "controllers/treasury/decide.hpp"
#include "tests/property/holds.hpp"
#include "tests/property/random_world.hpp"

using namespace bursar;
using namespace bursar::treasury;
using bursar::testing::describe;
using bursar::testing::holds;
using bursar::testing::makeJunkWorld;
using bursar::testing::makeValidWorld;
using bursar::testing::shuffled;
using bursar::testing::Tape;

namespace {

const Instant kNow = *parseInstant("2026-11-24T00:00:30Z");

// Long enough for some twenty teams.
rc::Gen<Tape> tapes() { return rc::gen::scale(3, rc::gen::arbitrary<Tape>()); }

// One team in one pool, with its decision.
struct Granted {
    std::string team;
    const Budget* budget;
};

std::vector<Granted> grantsOf(const Decisions& decisions, const std::string& policy, const std::string& pool) {
    std::vector<Granted> grants;
    for (const QuotaDecision& quota : decisions.quotas) {
        if (quota.policy != policy) continue;
        for (const Budget& budget : quota.budgets) {
            if (budget.pool == pool) grants.push_back({quota.team, &budget});
        }
    }
    return grants;
}

// Every pool of a policy that can be used, with its grants.
template <typename F>
void forEachPool(const Decisions& decisions, F&& f) {
    for (const PolicyDecision& policy : decisions.policies) {
        for (const PoolDecision& pool : policy.pools) f(pool, grantsOf(decisions, policy.name, pool.name));
    }
}

using GrantByTeam = std::map<std::pair<std::string, std::string>, std::int64_t>;

GrantByTeam baselinesOf(const Decisions& decisions) {
    GrantByTeam grants;
    forEachPool(decisions, [&](const PoolDecision& pool, const std::vector<Granted>& teams) {
        for (const Granted& each : teams) grants[{pool.name, each.team}] = each.budget->baseline.value();
    });
    return grants;
}

void checkSums(const PoolDecision& pool, const std::vector<Granted>& teams) {
    api::Wide claims = 0;
    api::Wide grants = 0;
    for (const Granted& each : teams) {
        claims += each.budget->rationale.claim;
        grants += each.budget->rationale.grant;
    }
    const api::Wide distributable = pool.distributable.value();
    RC_ASSERT(grants == std::min(distributable, claims));
    RC_ASSERT(grants == pool.granted.value());
    RC_ASSERT(pool.reserve + pool.distributable == pool.capacity);
    RC_ASSERT(pool.unallocated.value() == (claims < distributable ? distributable - claims : api::Wide{0}));
    RC_ASSERT(pool.level.has_value() == (claims > distributable && !pool.overcommitted));
}

void checkBounds(const PoolDecision& pool, const std::vector<Granted>& teams) {
    for (const Granted& each : teams) {
        const Rationale& r = each.budget->rationale;
        RC_ASSERT(r.grant >= 0);
        RC_ASSERT(r.grant <= r.claim);
        RC_ASSERT(r.haircutPercent >= 0 && r.haircutPercent <= 100);
        if (r.ceiling) RC_ASSERT(r.grant <= *r.ceiling);
        if (r.floor && !pool.overcommitted) RC_ASSERT(r.grant >= *r.floor);
        RC_ASSERT((r.bound == Bound::Overcommitted) == pool.overcommitted);
        RC_ASSERT(pool.overcommitted || (r.bound == Bound::FairShare) <= (r.grant < r.claim));
    }
}

// Max-min fairness: no grant can grow except by taking from a team that has less per weight.
void checkMaxMin(const PoolDecision& pool, const std::vector<Granted>& teams) {
    if (pool.overcommitted) return;  // floors that are scaled down follow another rule
    for (const Granted& poor : teams) {
        const Rationale& mine = poor.budget->rationale;
        if (mine.grant >= mine.claim) continue;
        for (const Granted& rich : teams) {
            const Rationale& theirs = rich.budget->rationale;
            if (theirs.grant <= theirs.floor.value_or(0)) continue;
            RC_ASSERT(api::Wide{mine.grant + 1} * theirs.weight >= api::Wide{theirs.grant - 1} * mine.weight);
        }
    }
}

void checkRates(const api::AllocationPolicy& policy, const PoolDecision& pool, const std::vector<Granted>& teams) {
    const api::Pool& spec = *policy.findPool(pool.name);
    api::Wide sum = 0;
    for (const Granted& each : teams) {
        RC_ASSERT(each.budget->tokensPerMinute.has_value() == spec.tokensPerMinute.has_value());
        if (each.budget->tokensPerMinute) sum += each.budget->tokensPerMinute->value();
    }
    if (!spec.tokensPerMinute || teams.empty()) return;
    const std::int64_t rate = spec.tokensPerMinute->value();
    RC_ASSERT(sum == rate - api::percentOf(rate, spec.burstPercent));
}

// The team's entry for all pools in the policy's weights; created if it has none.
api::Weight& generalEntry(api::AllocationPolicy& policy, const std::string& team) {
    std::erase_if(policy.weights, [&](const api::Weight& entry) { return entry.team == team && !entry.pool.empty(); });
    for (api::Weight& entry : policy.weights) {
        if (entry.team == team) return entry;
    }
    policy.weights.push_back({team, "", std::nullopt, {}, {}});
    return policy.weights.back();
}

}  // namespace

TEST_CASE("decide: sums are exact, bounds hold, shares are max-min fair, the whole rate is divided") {
    holds("the guarantees of §3 for every pool", [] {
        const World world = makeValidWorld(*tapes());
        const Decisions decisions = decide(world, kNow);
        forEachPool(decisions, [&](const PoolDecision& pool, const std::vector<Granted>& teams) {
            checkSums(pool, teams);
            checkBounds(pool, teams);
            checkMaxMin(pool, teams);
            checkRates(*world.policies.front(), pool, teams);
        });
    });
}

TEST_CASE("decide: any world is decided, and the order of its lists changes nothing") {
    holds("duplicates, wrong references, policies with errors, loans of every kind", [] {
        const World world = makeJunkWorld(*tapes());
        const Decisions decisions = decide(world, kNow);
        RC_ASSERT(decisions.quotas.size() == world.quotas.size());
        RC_ASSERT(decisions.loans.size() == world.loans.size());
        forEachPool(decisions, [](const PoolDecision& pool, const std::vector<Granted>& teams) {
            checkSums(pool, teams);
            checkBounds(pool, teams);
            RC_ASSERT(pool.loans.promised <= pool.reserve + pool.unallocated);
        });
        const auto seed = *rc::gen::arbitrary<std::uint32_t>();
        RC_ASSERT(describe(decide(shuffled(world, seed), kNow)) == describe(decisions));
    });
}

TEST_CASE("decide: raising only a team's weight never lowers its grant by more than rounding") {
    holds("a raised weight", [] {
        World world = makeValidWorld(*tapes());
        const std::string team = world.quotas[*rc::gen::inRange<std::size_t>(0, world.quotas.size())]->team;
        auto policy = *world.policies.front();
        api::Weight& entry = generalEntry(policy, team);
        world.policies = {std::make_shared<api::AllocationPolicy>(policy)};
        const GrantByTeam before = baselinesOf(decide(world, kNow));
        entry.weight = *rc::gen::inRange(entry.weight.value_or(policy.defaultWeight), 10'001);
        world.policies = {std::make_shared<api::AllocationPolicy>(policy)};
        const GrantByTeam after = baselinesOf(decide(world, kNow));
        for (const auto& [key, grant] : before) {
            if (key.second == team) RC_ASSERT(after.at(key) >= grant - 1);
        }
    });
}

TEST_CASE("decide: a new team never raises another's grant by more than rounding") {
    holds("a new team", [] {
        World world = makeValidWorld(*tapes());
        const GrantByTeam after = baselinesOf(decide(world, kNow));
        const auto newcomer = *rc::gen::inRange<std::size_t>(0, world.quotas.size());
        world.quotas.erase(world.quotas.begin() + static_cast<std::ptrdiff_t>(newcomer));
        for (const auto& [key, grant] : baselinesOf(decide(world, kNow))) RC_ASSERT(after.at(key) <= grant + 1);
    });
}
