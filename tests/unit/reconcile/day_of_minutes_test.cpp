// Twenty-four hours of minutes, on a clock that is advanced: the parts that hold state between decisions (the account
// of the usage source, what the recorder has pending and has recorded, the ledger's chains, the published limits) go
// through a whole day with loans that come and go, a usage source that is away for a while, gateways whose pods are
// replaced, and an operator that is replaced once. Every window is accounted for, to the token, and memory does not
// grow.
//
// Memory is counted where it is allocated, for this program as a whole, so that no part has to report its size.
// AddressSanitizer has an allocator of its own; under it only the account is checked.
#include <malloc.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "controllers/gateways/envoy_rate_limit/config_maps.hpp"
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/reconcile/record/recorder.hpp"
#include "controllers/treasury/decide.hpp"
#include "controllers/treasury/lending.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/usage_source.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BURSAR_COUNTS_NOTHING
#endif
#endif

namespace {

std::atomic<std::int64_t> held{0};

}  // namespace

#ifndef BURSAR_COUNTS_NOTHING
void* operator new(std::size_t size) {
    void* made = std::malloc(size);
    if (made == nullptr) throw std::bad_alloc{};
    held += static_cast<std::int64_t>(malloc_usable_size(made));
    return made;
}
void operator delete(void* made) noexcept {
    if (made == nullptr) return;
    held -= static_cast<std::int64_t>(malloc_usable_size(made));
    std::free(made);
}
void operator delete(void* made, std::size_t) noexcept { operator delete(made); }
#endif

using namespace bursar;
using namespace bursar::reconcile;
using api::Tokens;
using bursar::testing::FakeClient;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// REQUIRE for what is asked at every step: the JUnit reporter keeps each assertion that passed, and that would be held,
// too.
void require(bool holds, const char* what) {
    if (!holds) FAIL(what);
}

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
constexpr Duration kStep = seconds{20};
constexpr Duration kScrape = seconds{5};
constexpr int kTeams = 5;
const Instant kAwayFrom = kDay + hours{9};
const Instant kReplacedAt = kDay + hours{13};
const std::vector<std::string> kPools = {"chat", "embed"};

std::string teamName(int index) { return "team-" + std::to_string(index); }

// Prometheus with one pod of ratelimit, replaced every two hours right after a scrape: the new one counts from zero.
class Source {
  public:
    explicit Source(const ManualClock& clock) : clock_(clock) {}

    Result<usage::UsageBatch> operator()(Instant to, Duration span) const {
        if (isAway()) return makeError(ErrorCode::Unavailable, "connection refused");
        usage::UsageBatch batch;
        for (Instant pod = podAt(to - span); pod <= to; pod += kPodLife) add(batch, pod, to - span, to);
        return batch;
    }

    // Tokens a team has used of a pool until a scrape: as many in every second of the day.
    static std::int64_t used(int team, std::size_t pool, Instant at) {
        return (at - kDay) / seconds{1} * (3 + 2 * team + static_cast<std::int64_t>(pool));
    }

    [[nodiscard]] bool isAway() const { return clock_.now() >= kAwayFrom && clock_.now() < kAwayFrom + minutes{7}; }

  private:
    static constexpr Duration kPodLife = hours{2};
    static Instant podAt(Instant at) { return at < kDay ? kDay : kDay + (at - kDay) / kPodLife * kPodLife; }

    static void add(usage::UsageBatch& batch, Instant pod, Instant from, Instant to) {
        const std::string target = "ratelimit/" + formatInstant(pod);
        const auto first =
            std::max(pod, kDay + (std::max(from, kDay) - kDay + kScrape - Duration{1}) / kScrape * kScrape);
        const auto last = std::min(to, pod + kPodLife - kScrape);
        usage::TargetHistory& history = batch.targets[target];
        for (Instant at = first; at <= last; at += kScrape) {
            history.upAt.push_back(at);
            history.processStarts.push_back({at, std::chrono::duration_cast<seconds>(pod.time_since_epoch()).count()});
        }
        for (int team = 0; team < kTeams; ++team) {
            for (std::size_t pool = 0; pool < kPools.size(); ++pool) {
                usage::CounterSeries series{
                    target + teamName(team) + kPools[pool], target, teamName(team), kPools[pool], {}};
                series.model = "gpt-4o";
                series.type = api::TokenType::Input;
                // What was used between the last scrape of a pod and its end is counted by the next one.
                const std::int64_t before = pod == kDay ? 0 : used(team, pool, pod - kScrape);
                for (Instant at = first; at <= last; at += kScrape) {
                    series.samples.push_back({at, used(team, pool, at) - before});
                }
                if (!series.samples.empty()) batch.series.push_back(std::move(series));
            }
        }
    }

    const ManualClock& clock_;
};

std::shared_ptr<const api::AllocationPolicy> policyOfMinutes() {
    auto made = bursar::testing::makePolicy().pool("chat", 100'000, 20).pool("embed", 80'000, 20);
    for (api::Pool& pool : made.raw().pools) pool.window = api::BudgetWindow::Minute;
    made.raw().borrowing.cooldown = Duration{0};
    made.raw().usageType = api::UsageType::Prometheus;
    api::Gateway gateway;
    gateway.name = "envoy";
    made.raw().gateways.push_back(gateway);
    return made;
}

// What a status keeps of a decision, so that the next one stands by it.
api::LoanRecord recordOf(const api::BurstLoan& loan, const treasury::LoanOutcome& outcome) {
    api::LoanRecord record;
    record.phase = outcome.phase;
    record.observedGeneration = loan.meta.generation;
    record.granted = outcome.granted;
    record.drawn = outcome.drawn;
    record.decidedAt = outcome.decidedAt;
    record.curtailed = outcome.curtailed;
    record.rule = toString(outcome.rule);
    if (record.phase == api::LoanPhase::Returned) record.effectiveEnd = outcome.effectiveEnd;
    return record;
}

// A replica of the operator, without the threads that only bring and take messages.
class Replica {
  public:
    Replica(std::shared_ptr<FakeClient> client, const ManualClock& clock, const Source& source)
        : client_(client),
          clock_(clock),
          source_(source),
          recorder_(std::make_unique<ledger::KubernetesLedger>(client, "bursar-system"), clock, [this] { changed(); }) {
    }

    // One turn; returns when what it makes due is recorded.
    treasury::Decisions turn(treasury::World world) {
        recorder_.follow(world.policies);
        wait([&] { return recorder_.hasTriedAll(); });
        readUsage(world);
        treasury::Decisions decisions = treasury::decide(world, clock_.now());
        const api::AllocationPolicy& policy = *world.policies.front();
        const auto report =
            limits_.reconcile("main", policy.gateways.front(), decisions.policies.front().limits, client_->store());
        require(!report.error, "limits are written");
        recorder_.record(world, decisions, usage_);
        const Instant due = closedUntil();
        wait([&] { return recordedUntil() >= due; });
        return decisions;
    }

    // The end of the last window that the usage source is beyond.
    [[nodiscard]] Instant closedUntil() const {
        const auto& reach = usage_->at("main").closed.reach;
        const auto chat = reach.find("chat");
        if (chat == reach.end()) return Instant::min();
        return treasury::windowAt(chat->second.until, api::BudgetWindow::Minute).start;
    }
    [[nodiscard]] Instant recordedUntil() const {
        const auto records = recorder_.snapshot();
        const auto found = records->find("main");
        if (found == records->end() || !found->second.recordedUntil.contains("chat")) return Instant::min();
        return std::min(found->second.recordedUntil.at("chat"), found->second.recordedUntil.at("embed"));
    }
    [[nodiscard]] const usage::PolicyUsage& usage() const { return usage_->at("main"); }

  private:
    void readUsage(treasury::World& world) {
        usage::Wanted wanted;
        auto cuts = treasury::loanCuts(world);
        wanted.cuts = std::move(cuts["main"]);
        const auto records = recorder_.snapshot();
        if (const auto record = records->find("main"); record != records->end()) {
            wanted.recordedUntil = record->second.recordedUntil;
            wanted.meteredUntil = record->second.metering.meteredUntil;
        }
        const api::AllocationPolicy& policy = *world.policies.front();
        if (account_ && !account_->serves(policy, wanted)) account_.reset();
        if (!account_) account_.emplace(policy, bursar::testing::usageSource(source_), clock_.now(), wanted);
        account_->want(wanted);
        do account_->advance(clock_.now());
        while (!account_->hasCaughtUp());
        auto fresh = std::make_shared<usage::UsageByPolicy>();
        (*fresh)["main"] = account_->snapshot();
        usage_ = std::move(fresh);
        world.usage["main"] = usage_->at("main").view;
    }
    void changed() {
        const std::lock_guard lock{mutex_};
        changed_.notify_all();
    }
    void wait(const std::function<bool()>& done) {
        std::unique_lock lock{mutex_};
        require(changed_.wait_for(lock, seconds{20}, done), "the record follows within 20 s");
    }

    const std::shared_ptr<FakeClient> client_;
    const ManualClock& clock_;
    const Source& source_;
    gateways::ConfigMapWriter limits_{client_};
    std::optional<usage::PolicyAccount> account_;
    std::shared_ptr<const usage::UsageByPolicy> usage_ = std::make_shared<usage::UsageByPolicy>();
    std::mutex mutex_;
    std::condition_variable changed_;
    LedgerRecorder recorder_;  // last: its thread calls changed()
};

// The organisation: every five minutes another team lends for a while; a loan is deleted ten minutes after its end.
class Organisation {
  public:
    treasury::World world(Instant now) {
        if (now >= nextLoan_) ask(now);
        std::erase_if(loans_, [&](const auto& loan) { return loan->end + minutes{10} < now; });
        treasury::World world;
        world.policies = {policy_};
        world.quotas = quotas_;
        world.loans.assign(loans_.begin(), loans_.end());
        return world;
    }
    void decided(const treasury::Decisions& decisions) {
        for (const treasury::LoanDecision& decision : decisions.loans) {
            for (auto& loan : loans_) {
                if (loan->meta.name != decision.name) continue;
                auto next = std::make_shared<api::BurstLoan>(*loan);
                next->record = recordOf(*loan, decision.outcome);
                loan = std::move(next);
                if (decision.outcome.phase == api::LoanPhase::Active) ++active;
            }
        }
    }
    int active = 0;

  private:
    void ask(Instant now) {
        const int index = count_++ % kTeams;
        auto loan = bursar::testing::makeLoan(teamName(index), "loan-" + std::to_string(count_)).tokens(5000).raw();
        loan.meta.created = now;
        loan.start = now + seconds{30};
        loan.end = now + minutes{4};
        loans_.push_back(std::make_shared<api::BurstLoan>(std::move(loan)));
        nextLoan_ = now + minutes{5};
    }

    static std::vector<std::shared_ptr<const api::TeamQuota>> fiveQuotas() {
        std::vector<std::shared_ptr<const api::TeamQuota>> quotas;
        for (int team = 0; team < kTeams; ++team) {
            quotas.push_back(bursar::testing::makeQuota(teamName(team))
                                 .forecast("chat", 30'000 + 1000 * team)
                                 .forecast("embed", 9'000));
        }
        return quotas;
    }

    const std::shared_ptr<const api::AllocationPolicy> policy_ = policyOfMinutes();
    const std::vector<std::shared_ptr<const api::TeamQuota>> quotas_ = fiveQuotas();
    std::vector<std::shared_ptr<const api::BurstLoan>> loans_;
    Instant nextLoan_ = kDay;
    int count_ = 0;
};

std::int64_t limitsOf(const treasury::PolicyDecision& policy, const std::string& pool) {
    std::int64_t sum = 0;
    for (const treasury::Limit& limit : policy.limits) sum += limit.pool == pool ? limit.tokensPerWindow.value() : 0;
    return sum;
}

}  // namespace

TEST_CASE("through a day of minutes every window is accounted for, and memory does not grow") {
    const auto client = std::make_shared<FakeClient>();
    ManualClock clock{kDay};
    const Source source{clock};
    Organisation organisation;
    auto replica = std::make_unique<Replica>(client, clock, source);
    std::map<int, std::int64_t> mostHeld;  // by hour, without what the API server keeps
    for (; clock.now() <= kDay + hours{24} + minutes{2}; clock.advance(kStep)) {
        if (clock.now() == kReplacedAt) replica = std::make_unique<Replica>(client, clock, source);
        const treasury::Decisions decisions = replica->turn(organisation.world(clock.now()));
        organisation.decided(decisions);
        require(limitsOf(decisions.policies.front(), "chat") <= 100'000, "limits of chat fit its capacity");
        require(limitsOf(decisions.policies.front(), "embed") <= 80'000, "limits of embed fit its capacity");
        require(replica->usage().problem.empty() != source.isAway(), "a source that is away is a problem");
        const int hour = static_cast<int>((clock.now() - kDay) / hours{1});
        std::int64_t stored = 0;
        for (const auto& [key, object] : client->objects()) stored += static_cast<std::int64_t>(object.dump().size());
        mostHeld[hour] = std::max(mostHeld[hour], held.load() - stored);
    }
    CHECK(organisation.active > 1000);
    CHECK(replica->recordedUntil() >= kDay + hours{24});

    ledger::KubernetesLedger ledger{client, "bursar-system"};
    std::map<std::pair<std::string, std::string>, treasury::Tally> recorded;
    for (const auto& entry : ledger.read("main")->entries()) {
        for (const auto& [team, tally] : entry.teams) recorded[{entry.pool, team}] += tally;
    }
    for (int team = 0; team < kTeams; ++team) {
        for (std::size_t pool = 0; pool < kPools.size(); ++pool) {
            const treasury::Tally& tally = recorded[{kPools[pool], teamName(team)}];
            const auto windows = (replica->recordedUntil() - kDay) / minutes{1};
            CHECK(tally.windows == windows);
            CHECK(tally.consumed == api::Wide{Source::used(team, pool, replica->recordedUntil() - kScrape)});
        }
    }
#ifndef BURSAR_COUNTS_NOTHING
    // The ledger's open day is folded every few hours, so one hour is not like the other.
    const auto mostBetween = [&](int from, int until) {
        std::int64_t most = 0;
        for (int hour = from; hour < until; ++hour) most = std::max(most, mostHeld[hour]);
        return most;
    };
    const std::int64_t before = mostBetween(0, 12);
    const std::int64_t after = mostBetween(12, 24);
    for (const auto& [hour, most] : mostHeld) UNSCOPED_INFO("hour " << hour << ": " << most);
    CHECK(after < before + before / 33);
#endif
}
