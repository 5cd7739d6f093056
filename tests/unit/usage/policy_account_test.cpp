#include <catch2/catch.hpp>

#include "controllers/usage/usage_poller.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::usage;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

// A fake Prometheus: one counter that grows by 10 tokens a second since `begun`, scraped every second.
class FakeSource {
  public:
    explicit FakeSource(Instant begun) : begun_(begun) {}

    Result<UsageBatch> operator()(const api::PrometheusUsage&, Instant to, Duration span) {
        ++queries;
        longest = std::max(longest, span);
        if (down) return makeError(ErrorCode::Unavailable, "connection refused");
        UsageBatch batch;
        CounterSeries series{"s", "t", "search", "chat", {}};
        for (Instant at = std::max<Instant>(begun_, std::chrono::ceil<seconds>(to - span)); at <= to && at <= lastScrape;
             at += seconds{1}) {
            series.samples.push_back({at, (at - begun_) / seconds{1} * 10});
            batch.targets["t"].upAt.push_back(at);
        }
        if (!series.samples.empty()) batch.series.push_back(series);
        return batch;
    }

    bool down = false;
    Instant lastScrape = Instant::max();
    int queries = 0;
    Duration longest{0};

  private:
    Instant begun_;
};

std::int64_t consumed(const PolicyAccount& account, Instant now) {
    const PolicyUsage usage = account.snapshot(now);
    const auto found = usage.view.consumed.find({"chat", "search", kDay});
    return found == usage.view.consumed.end() ? 0 : found->second.value();
}

std::shared_ptr<const api::AllocationPolicy> policy() { return bursar::testing::makePolicy().pool("chat", 1'000'000); }

}  // namespace

TEST_CASE("a restarted account comes to the same figures from the source alone") {
    FakeSource source{kDay - minutes{30}};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    const Instant late = kDay + std::chrono::hours{7} + seconds{13};
    PolicyAccount steady{*policy(), query, kDay + minutes{1}};
    for (Instant now = kDay + minutes{1}; now < late; now += minutes{3}) steady.advance(now);
    steady.advance(late);
    PolicyAccount restarted{*policy(), query, late};
    CHECK_FALSE(restarted.snapshot(late).known);
    restarted.advance(late);
    CHECK(consumed(steady, late) == consumed(restarted, late));
    CHECK(consumed(restarted, late) == (7 * 3600 + 13) * 10 + 10);  // the second before midnight ends in the new day
    CHECK(restarted.snapshot(late).known);
    CHECK(source.longest <= minutes{11});
}

TEST_CASE("a source that is down changes nothing, and the account goes on where it was") {
    FakeSource source{kDay};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*policy(), query, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK(consumed(account, kDay + minutes{10}) == 6000);
    CHECK(account.snapshot(kDay + minutes{10}).fresh);
    source.down = true;
    account.advance(kDay + minutes{15});
    const PolicyUsage during = account.snapshot(kDay + minutes{15});
    CHECK(consumed(account, kDay + minutes{15}) == 6000);
    CHECK(during.known);
    CHECK_FALSE(during.fresh);
    CHECK(during.problem == "connection refused");
    source.down = false;
    account.advance(kDay + minutes{20});
    CHECK(consumed(account, kDay + minutes{20}) == 12'000);
    CHECK(account.snapshot(kDay + minutes{20}).problem.empty());
}

TEST_CASE("a source that answers but scrapes nothing is stale, and says since when") {
    FakeSource source{kDay};
    source.lastScrape = kDay + minutes{5};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*policy(), query, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    const PolicyUsage usage = account.snapshot(kDay + minutes{10});
    CHECK_FALSE(usage.fresh);
    CHECK_THAT(usage.problem, Catch::Matchers::Contains("2026-11-24T00:05:00Z"));
    CHECK(consumed(account, kDay + minutes{10}) == 3000);
}

TEST_CASE("a source that was never scraped says what to check") {
    PolicyAccount account{*policy(), [](const auto&...) { return UsageBatch{}; }, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK_THAT(account.snapshot(kDay + minutes{10}).problem, Catch::Matchers::Contains("usage.prometheus.selector"));
}

TEST_CASE("an account serves a policy while source and windows stay") {
    PolicyAccount account{*policy(), [](const auto&...) { return UsageBatch{}; }, kDay};
    CHECK(account.serves(*policy()));
    auto other = bursar::testing::makePolicy().pool("chat", 5);
    CHECK(account.serves(other.raw()));  // a larger pool is still the same account
    other.raw().prometheus.url = "http://elsewhere";
    CHECK_FALSE(account.serves(other.raw()));
    auto hourly = bursar::testing::makePolicy().pool("chat", 5);
    hourly.raw().pools[0].window = api::BudgetWindow::Hour;
    CHECK_FALSE(account.serves(hourly.raw()));
}
