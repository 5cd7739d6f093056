// A window, a month and a quarter that end while no operator runs are recorded as if one had watched.
#include <catch2/catch.hpp>
#include <random>
#include <tuple>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/reconcile/record/window_recorder.hpp"
#include "controllers/usage/policy_account.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/usage_source.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using api::BudgetWindow;
using api::Tokens;
using bursar::testing::FakeClient;
using std::chrono::hours;
using std::chrono::minutes;
using Policy = std::shared_ptr<const api::AllocationPolicy>;

namespace {

const Instant kBegin = *parseInstant("2026-09-28T00:00:00Z");  // month and quarter end on the third day
const Instant kEnd = *parseInstant("2026-10-03T00:00:00Z");
constexpr std::int64_t kTokensAMinute = 10;

Policy policyWith(BudgetWindow window, api::Period period) {
    auto made = bursar::testing::makePolicy().pool("chat", 1'000'000);
    made.raw().pools[0].window = window;
    made.raw().period = period;
    made.raw().usageType = api::UsageType::Prometheus;
    return made;
}

// Scraped every minute, of a process that began long before.
Result<usage::UsageBatch> source(Instant to, Duration span) {
    usage::UsageBatch batch;
    usage::CounterSeries series{"s", "t", "search", "chat", {}};
    for (Instant at = std::chrono::ceil<minutes>(to - span); at <= to; at += minutes{1}) {
        series.samples.push_back({at, (at - kBegin + hours{24}) / minutes{1} * kTokensAMinute});
        batch.targets["t"].upAt.push_back(at);
    }
    batch.series.push_back(std::move(series));
    return batch;
}

// One process: it knows nothing but what is stored, and looks every few minutes.
class Operator {
  public:
    Operator(std::shared_ptr<FakeClient> client, Policy policy)
        : ledger_(std::move(client), "bursar-system"), policy_(std::move(policy)) {}

    void run(Instant from, Instant until) {
        for (Instant now = from; now < until; now += minutes{7}) look(now);
        look(until);
    }

  private:
    void look(Instant now) {
        do {
            REQUIRE(recorder_.update(ledger_, policy_, close(), now));
            const usage::Wanted wanted{{}, recorder_.record().recordedUntil};
            if (!account_ || !account_->serves(*policy_, wanted))
                account_.emplace(*policy_, bursar::testing::usageSource(source), now, wanted);
            account_->want(wanted);
            account_->advance(now);
        } while (!account_->hasCaughtUp());
        // What is closed is handed over a day at a time.
        Instant before{};
        while (recorder_.record().recordedUntil.at("chat") != before) {
            before = recorder_.record().recordedUntil.at("chat");
            account_->want({{}, recorder_.record().recordedUntil});
            usage_ = account_->snapshot().closed;
            REQUIRE(recorder_.update(ledger_, policy_, close(), now));
        }
    }

    WindowRecorder::Close close() {
        return [this](const api::Pool& pool, const treasury::TimeWindow& span) {
            static const treasury::Standings kStanding = {{"search", {Tokens{900}, Tokens{800}, Instant{}}}};
            return treasury::closeWindows(pool, span, usage_,
                                          [](Instant) -> const treasury::Standings& { return kStanding; });
        };
    }

    ledger::KubernetesLedger ledger_;
    const Policy policy_;
    WindowRecorder recorder_;
    std::optional<usage::PolicyAccount> account_;
    treasury::ClosedUsage usage_;
};

using PeriodSums = std::vector<std::tuple<std::string, api::Wide, api::Wide, std::int64_t>>;

struct Recorded {
    treasury::Tally sum;
    Instant until;
    PeriodSums periods;
};

// The chain as another process reads it: verified, with every window in it once.
Recorded recordedBy(const std::shared_ptr<FakeClient>& client, const Policy& policy) {
    ledger::KubernetesLedger ledger{client, "bursar-system"};
    const auto chain = ledger.read("main");
    REQUIRE(chain);
    Recorded recorded{{}, chain->recordedUntil().at("chat"), {}};
    for (const auto& [key, periods] : treasury::closedPeriods(*policy, chain->entries())) {
        for (const auto& period : periods) {
            recorded.periods.emplace_back(period.period, period.forecastSum, period.actualSum, period.windows);
        }
    }
    Instant next = kBegin;
    for (const treasury::PoolTally& entry : chain->entries()) {
        CHECK(entry.span.start == next);
        next = entry.span.end;
        for (const auto& [team, tally] : entry.teams) recorded.sum += tally;
    }
    return recorded;
}

struct Absence {
    Instant from;
    Instant until;
};

Recorded recordedWithout(const Policy& policy, const std::vector<Absence>& absences) {
    const auto client = std::make_shared<FakeClient>();
    Instant from = kBegin;
    for (const Absence& absence : absences) {
        Operator{client, policy}.run(from, absence.from);
        from = absence.until;
    }
    Operator{client, policy}.run(from, kEnd + minutes{1});
    return recordedBy(client, policy);
}

void checkSame(const Policy& policy, const std::vector<Absence>& absences) {
    const Recorded watched = recordedWithout(policy, {});
    const Recorded missed = recordedWithout(policy, absences);
    CHECK(missed.until == watched.until);
    CHECK(missed.sum == watched.sum);
    CHECK(missed.periods == watched.periods);
}

}  // namespace

TEST_CASE("a rollover without a running operator is recorded as one with it: nothing lost, nothing twice") {
    const Instant boundary = *parseInstant("2026-10-01T00:00:00Z");
    for (const BudgetWindow window : {BudgetWindow::Minute, BudgetWindow::Hour, BudgetWindow::Day}) {
        for (const api::Period period : {api::Period::Month, api::Period::Quarter}) {
            const Policy policy = policyWith(window, period);
            checkSame(policy, {{boundary - minutes{1}, boundary + minutes{1}}});
            checkSame(policy, {{boundary, boundary + hours{3}}});
            checkSame(policy, {{boundary - hours{30}, boundary + hours{30}}});
        }
    }
}

TEST_CASE("the rollover that the others are compared with") {
    const Policy policy = policyWith(BudgetWindow::Hour, api::Period::Month);
    const Recorded watched = recordedWithout(policy, {});
    CHECK(watched.until == kEnd);
    CHECK(watched.sum.windows == 5 * 24);
    CHECK(watched.sum.consumed == 5 * 24 * 60 * kTokensAMinute);
    CHECK(watched.periods == PeriodSums{{"2026-09", 3 * 24 * 900, 3 * 24 * 60 * kTokensAMinute, 3 * 24}});
}

TEST_CASE("absences at random, over every boundary there is") {
    std::minstd_rand random{20261125};
    const Policy policy = policyWith(BudgetWindow::Hour, api::Period::Quarter);
    for (int round = 0; round < 5; ++round) {
        std::vector<Absence> absences;
        for (Instant at = kBegin + minutes{random() % 600}; at < kEnd - hours{40}; at += minutes{1 + random() % 600}) {
            const Instant back = at + minutes{1 + random() % 2000};
            absences.push_back({at, back});
            at = back;
        }
        checkSame(policy, absences);
    }
}
