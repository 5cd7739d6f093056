#include <catch2/catch.hpp>

#include "controllers/usage/open_usage_source.hpp"
#include "controllers/usage/policy_account.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/usage_source.hpp"

using namespace bursar;
using namespace bursar::usage;
using bursar::testing::usageSource;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

// A fake Prometheus: one counter that grows by 10 tokens a second since `begun`, scraped every second.
class FakeSource {
  public:
    explicit FakeSource(Instant begun) : begun_(begun) {}

    Result<UsageBatch> operator()(Instant to, Duration span) {
        ++queries;
        longest = std::max(longest, span);
        if (down) return makeError(ErrorCode::Unavailable, "connection refused");
        UsageBatch batch;
        CounterSeries series{"s", "t", "search", "chat", {}};
        for (Instant at = std::max<Instant>(begun_, std::chrono::ceil<seconds>(to - span));
             at <= to && at <= lastScrape; at += seconds{1}) {
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

Result<UsageBatch> answersNothing(Instant, Duration) { return UsageBatch{}; }

std::int64_t consumed(const PolicyAccount& account) {
    const PolicyUsage usage = account.snapshot();
    const auto found = usage.view.consumed.find({"chat", "search", kDay});
    return found == usage.view.consumed.end() ? 0 : found->second.value();
}

std::shared_ptr<const api::AllocationPolicy> policy() { return bursar::testing::makePolicy().pool("chat", 1'000'000); }

std::shared_ptr<const api::AllocationPolicy> metered(const std::string& url) {
    auto made = bursar::testing::makePolicy().pool("chat", 1'000'000);
    made.raw().usageType = api::UsageType::Prometheus;
    made.raw().prometheus.url = url;
    return made;
}

}  // namespace

TEST_CASE("a restarted account computes the same figures from the source alone") {
    FakeSource source{kDay - minutes{30}};
    const Instant late = kDay + std::chrono::hours{7} + seconds{13};
    PolicyAccount steady{*policy(), usageSource(source), kDay + minutes{1}};
    for (Instant now = kDay + minutes{1}; now < late; now += minutes{3}) steady.advance(now);
    steady.advance(late);
    PolicyAccount restarted{*policy(), usageSource(source), late};
    CHECK_FALSE(restarted.snapshot().known);
    restarted.advance(late);
    CHECK(consumed(steady) == consumed(restarted));
    CHECK(consumed(restarted) == (7 * 3600 + 13) * 10 + 10);  // the second before midnight ends in the new day
    CHECK(restarted.snapshot().known);
    CHECK(source.longest <= minutes{11});
}

TEST_CASE("a source that is down changes nothing, and the account goes on where it was") {
    FakeSource source{kDay};
    PolicyAccount account{*policy(), usageSource(source), kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK(consumed(account) == 6000);
    CHECK(account.snapshot().isFresh(kDay + minutes{10}));
    source.down = true;
    account.advance(kDay + minutes{15});
    const PolicyUsage during = account.snapshot();
    CHECK(consumed(account) == 6000);
    CHECK(during.known);
    CHECK_FALSE(during.isFresh(kDay + minutes{15}));
    CHECK(during.isFresh(kDay + minutes{12}));  // a source that is down for a moment is not stale
    CHECK(during.problem == "connection refused");
    CHECK_THAT(during.staleness(kDay + minutes{15}),
               Catch::Matchers::Contains("connection refused") && Catch::Matchers::Contains("2026-11-24T00:10:00Z"));
    source.down = false;
    account.advance(kDay + minutes{20});
    CHECK(consumed(account) == 12'000);
    CHECK(account.snapshot().problem.empty());
}

TEST_CASE("after a failure the account reads shorter spans, and longer ones again once the source answers") {
    std::vector<Duration> asked;
    Duration most = minutes{3};  // the longest span it answers
    const auto source = [&](Instant, Duration span) -> Result<UsageBatch> {
        asked.push_back(span);
        if (span > most) return makeError(ErrorCode::Internal, "the answer is larger than 67108864 bytes");
        return UsageBatch{};
    };
    const Instant now = kDay + std::chrono::hours{2};
    PolicyAccount account{*policy(), usageSource(source), now};
    for (int calls = 0; calls < 3; ++calls) account.advance(now);  // a bounded number of queries each
    CHECK(account.snapshot().known);
    CHECK(asked.front() == minutes{11});
    CHECK(asked.size() < 120);
    most = minutes{30};
    asked.clear();
    account.advance(now + std::chrono::hours{8});
    CHECK(account.problem().empty());
    CHECK(*std::max_element(asked.begin(), asked.end()) == minutes{11});

    most = seconds{0};  // the steps do not shrink to nothing during a long failure
    account.advance(now + std::chrono::hours{9});
    CHECK_THAT(account.problem(), Catch::Matchers::Contains("larger than"));
    CHECK(asked.back() == minutes{1} + seconds{10});
}

TEST_CASE("an account that was read before the clock was set back is replaced") {
    PolicyAccount account{*policy(), usageSource(answersNothing), kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK_FALSE(account.isAheadOf(kDay + minutes{9} + seconds{30}));
    CHECK(account.isAheadOf(kDay + minutes{8}));
}

TEST_CASE("a source that answers but scrapes nothing is stale, and says since when") {
    FakeSource source{kDay};
    source.lastScrape = kDay + minutes{5};
    PolicyAccount account{*policy(), usageSource(source), kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    const PolicyUsage usage = account.snapshot();
    CHECK_FALSE(usage.isFresh(kDay + minutes{10}));
    CHECK_THAT(usage.staleness(kDay + minutes{10}), Catch::Matchers::Contains("2026-11-24T00:05:00Z"));
    CHECK(consumed(account) == 3000);
}

TEST_CASE("a source that was never scraped says what to check") {
    const auto source = std::make_shared<bursar::testing::FakeUsageSource>(
        [](Instant, Duration, const std::stop_token&) { return UsageBatch{}; });
    source->raw().neverScraped = "the meter is not connected";
    PolicyAccount account{*policy(), source, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK(account.snapshot().staleness(kDay + minutes{10}) == "the meter is not connected");
    CHECK_THAT(openUsageSource(*metered("http://prometheus"))->facts().neverScraped,
               Catch::Matchers::Contains("usage.prometheus.selector"));
}

TEST_CASE("an account takes its intervals from the facts of its source") {
    const auto source = std::make_shared<bursar::testing::FakeUsageSource>(
        [](Instant, Duration, const std::stop_token&) { return UsageBatch{}; });
    source->raw().pollInterval = seconds{7};
    source->raw().staleAfter = minutes{9};
    const PolicyAccount account{*policy(), source, kDay};
    CHECK(account.pollInterval() == seconds{7});
    CHECK(account.snapshot().staleAfter == minutes{9});
}

TEST_CASE("an account serves a policy while source and windows stay") {
    const PolicyAccount account{*metered("http://prometheus"), openUsageSource(*metered("http://prometheus")), kDay};
    CHECK(account.serves(*metered("http://prometheus")));
    auto larger = *metered("http://prometheus");
    larger.pools[0].tokensPerWindow = api::Tokens{5};
    CHECK(account.serves(larger));
    CHECK_FALSE(account.serves(*metered("http://elsewhere")));
    auto unmetered = *metered("http://prometheus");
    unmetered.usageType = api::UsageType::None;
    CHECK_FALSE(account.serves(unmetered));
    auto hourly = *metered("http://prometheus");
    hourly.pools[0].window = api::BudgetWindow::Hour;
    CHECK_FALSE(account.serves(hourly));
}

namespace {

// A pool of minutes, recorded until then.
std::shared_ptr<const api::AllocationPolicy> minutely() {
    auto made = bursar::testing::makePolicy().pool("chat", 1'000'000);
    made.raw().pools[0].window = api::BudgetWindow::Minute;
    return made;
}
Wanted recorded(Instant until) { return {{}, {{"chat", until}}}; }

}  // namespace

TEST_CASE("a window is closed once the source was read and scraped beyond its end, and not before") {
    FakeSource source{kDay - minutes{30}};
    PolicyAccount account{*minutely(), usageSource(source), kDay + seconds{30}, recorded(kDay)};
    account.advance(kDay + seconds{74});  // within the margin of late samples
    CHECK(account.snapshot().closed.reach.at("chat").until < kDay + minutes{1});
    account.advance(kDay + seconds{75});
    const auto closed = account.snapshot().closed;
    CHECK(closed.reach.at("chat").until == kDay + minutes{1});
    CHECK(closed.lines.at({"chat", "search", kDay}).consumed == api::Tokens{600});

    source.lastScrape = kDay + seconds{110};  // Prometheus answers, but no longer reaches the gateway
    account.advance(kDay + minutes{10});
    CHECK(account.snapshot().closed.reach.at("chat").until < kDay + minutes{2});
}

TEST_CASE("closed windows stay until they are recorded") {
    FakeSource source{kDay - minutes{30}};
    PolicyAccount account{*minutely(), usageSource(source), kDay + seconds{30}, recorded(kDay)};
    const Instant late = kDay + minutes{30};
    account.advance(late);
    CHECK(account.snapshot().closed.lines.size() == 29);
    CHECK(account.snapshot().view.consumed.size() == 1);  // only open windows matter to decisions
    CHECK(account.serves(*minutely(), recorded(kDay + minutes{20})));
    account.want(recorded(kDay + minutes{20}));
    account.advance(late + seconds{1});
    CHECK(account.snapshot().closed.lines.size() == 9);
    // Dropped windows must be read again.
    CHECK_FALSE(account.serves(*minutely(), recorded(kDay + minutes{19})));
}

TEST_CASE("after a restart the account reads the windows that closed meanwhile, a day at a time, at most a week") {
    FakeSource source{kDay - std::chrono::hours{24 * 30}};
    const Instant now = kDay + std::chrono::hours{12};
    const auto catchUp = [&](PolicyAccount& account) {
        account.advance(now);
        while (!account.hasCaughtUp()) account.advance(now);
    };
    PolicyAccount week{*policy(), usageSource(source), now, recorded(kDay - std::chrono::hours{24 * 10})};
    week.advance(now);
    CHECK_FALSE(week.snapshot().known);  // bounded steps, so that a stop is quick
    catchUp(week);
    auto reach = week.snapshot().closed.reach.at("chat");
    CHECK(reach.from == now - kFurthestBack);
    CHECK(week.serves(*policy(), recorded(kDay - std::chrono::hours{24 * 10})));

    PolicyAccount night{*policy(), usageSource(source), now, recorded(kDay - std::chrono::hours{24 * 2})};
    catchUp(night);
    CHECK(night.snapshot().closed.lines.size() == 1);
    CHECK(night.snapshot().closed.lines.at({"chat", "search", kDay - std::chrono::hours{48}}).consumed ==
          api::Tokens{864'000});
    night.want(recorded(kDay - std::chrono::hours{24}));
    CHECK(night.snapshot().closed.lines.at({"chat", "search", kDay - std::chrono::hours{24}}).consumed ==
          api::Tokens{864'000});
    CHECK(consumed(night) == 12 * 36'000 + 10);
}

TEST_CASE("an account without closed windows does not serve a policy that wants them") {
    FakeSource source{kDay - minutes{30}};
    PolicyAccount account{*minutely(), usageSource(source), kDay + minutes{10}};
    account.advance(kDay + minutes{20});
    CHECK(account.snapshot().closed.reach.empty());
    CHECK_FALSE(account.serves(*minutely(), recorded(kDay + minutes{15})));
    CHECK(account.serves(*minutely(), recorded(kDay + minutes{20})));
}

TEST_CASE("consumption since a loan began is summed while its window is open, and needs no second reading afterwards") {
    FakeSource source{kDay - minutes{30}};
    const auto lent = [](Instant until) {
        Wanted wanted = recorded(until);
        wanted.cuts[{"chat", "search"}] = {kDay + seconds{20}};
        return wanted;
    };
    PolicyAccount account{*minutely(), usageSource(source), kDay + seconds{30}, lent(kDay)};
    account.advance(kDay + seconds{50});
    const treasury::ConsumptionKey key{"chat", "search", kDay};
    CHECK(account.snapshot().view.consumedSince.at(key).at(kDay + seconds{20}) == api::Tokens{300});
    account.want(lent(kDay + minutes{9}));
    account.advance(kDay + minutes{10});
    account.want(lent(kDay + minutes{9}));
    CHECK(account.serves(*minutely(), lent(kDay + minutes{9})));
    const int queries = source.queries;
    Wanted another = lent(kDay + minutes{9});
    another.cuts[{"chat", "search"}].insert(kDay + minutes{9} + seconds{30});
    CHECK_FALSE(account.serves(*minutely(), another));  // its window is open, so it must be read again
    CHECK(source.queries == queries);
}
