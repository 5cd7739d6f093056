#include <catch2/catch.hpp>

#include "controllers/usage/policy_account.hpp"
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

std::int64_t consumed(const PolicyAccount& account) {
    const PolicyUsage usage = account.snapshot();
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
    CHECK_FALSE(restarted.snapshot().known);
    restarted.advance(late);
    CHECK(consumed(steady) == consumed(restarted));
    CHECK(consumed(restarted) == (7 * 3600 + 13) * 10 + 10);  // the second before midnight ends in the new day
    CHECK(restarted.snapshot().known);
    CHECK(source.longest <= minutes{11});
}

TEST_CASE("a source that is down changes nothing, and the account goes on where it was") {
    FakeSource source{kDay};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*policy(), query, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK(consumed(account) == 6000);
    CHECK(account.snapshot().isFresh(kDay + minutes{10}));
    source.down = true;
    account.advance(kDay + minutes{15});
    const PolicyUsage during = account.snapshot();
    CHECK(consumed(account) == 6000);
    CHECK(during.known);
    CHECK_FALSE(during.isFresh(kDay + minutes{15}));
    CHECK(during.isFresh(kDay + minutes{12}));  // one that does not answer for a moment is not stale
    CHECK(during.problem == "connection refused");
    CHECK_THAT(during.staleness(kDay + minutes{15}),
               Catch::Matchers::Contains("connection refused") && Catch::Matchers::Contains("2026-11-24T00:10:00Z"));
    source.down = false;
    account.advance(kDay + minutes{20});
    CHECK(consumed(account) == 12'000);
    CHECK(account.snapshot().problem.empty());
}

TEST_CASE("a source that fails is asked for less at a time, and for more again when it answers") {
    std::vector<Duration> asked;
    Duration most = minutes{3};  // what it answers at once: more is too large
    const auto query = [&](const auto&, Instant, Duration span) -> Result<UsageBatch> {
        asked.push_back(span);
        if (span > most) return makeError(ErrorCode::Internal, "the answer is larger than 67108864 bytes");
        return UsageBatch{};
    };
    const Instant now = kDay + std::chrono::hours{2};
    PolicyAccount account{*policy(), query, now};
    for (int calls = 0; calls < 3; ++calls) account.advance(now);  // a bounded number of queries each
    CHECK(account.snapshot().known);
    CHECK(asked.front() == minutes{11});
    CHECK(asked.size() < 120);
    most = minutes{30};
    asked.clear();
    account.advance(now + std::chrono::hours{8});
    CHECK(account.problem().empty());
    CHECK(*std::max_element(asked.begin(), asked.end()) == minutes{11});

    most = seconds{0};  // it is down for long: the steps do not vanish
    account.advance(now + std::chrono::hours{9});
    CHECK_THAT(account.problem(), Catch::Matchers::Contains("larger than"));
    CHECK(asked.back() == minutes{1} + seconds{10});
}

TEST_CASE("an account that was read with a clock that is set back since is not gone on with") {
    PolicyAccount account{*policy(), [](const auto&...) { return UsageBatch{}; }, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK_FALSE(account.isAheadOf(kDay + minutes{9} + seconds{30}));
    CHECK(account.isAheadOf(kDay + minutes{8}));
}

TEST_CASE("a source that answers but scrapes nothing is stale, and says since when") {
    FakeSource source{kDay};
    source.lastScrape = kDay + minutes{5};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*policy(), query, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    const PolicyUsage usage = account.snapshot();
    CHECK_FALSE(usage.isFresh(kDay + minutes{10}));
    CHECK_THAT(usage.staleness(kDay + minutes{10}), Catch::Matchers::Contains("2026-11-24T00:05:00Z"));
    CHECK(consumed(account) == 3000);
}

TEST_CASE("a source that was never scraped says what to check") {
    PolicyAccount account{*policy(), [](const auto&...) { return UsageBatch{}; }, kDay + minutes{10}};
    account.advance(kDay + minutes{10});
    CHECK_THAT(account.snapshot().staleness(kDay + minutes{10}),
               Catch::Matchers::Contains("usage.prometheus.selector"));
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
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*minutely(), query, kDay + seconds{30}, recorded(kDay)};
    account.advance(kDay + seconds{74});  // within the margin of late samples
    CHECK(account.snapshot().closed.reach.at("chat").until < kDay + minutes{1});
    account.advance(kDay + seconds{75});
    const auto closed = account.snapshot().closed;
    CHECK(closed.reach.at("chat").until == kDay + minutes{1});
    CHECK(closed.lines.at({"chat", "search", kDay}).consumed == api::Tokens{600});

    source.lastScrape = kDay + seconds{110};  // Prometheus answers, but reaches the gateway no more
    account.advance(kDay + minutes{10});
    CHECK(account.snapshot().closed.reach.at("chat").until < kDay + minutes{2});
}

TEST_CASE("closed windows stay until they are recorded, and then go") {
    FakeSource source{kDay - minutes{30}};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*minutely(), query, kDay + seconds{30}, recorded(kDay)};
    const Instant late = kDay + minutes{30};
    account.advance(late);
    CHECK(account.snapshot().closed.lines.size() == 29);
    CHECK(account.snapshot().view.consumed.size() == 1);  // decisions are about open windows
    CHECK(account.serves(*minutely(), recorded(kDay + minutes{20})));
    account.want(recorded(kDay + minutes{20}));
    account.advance(late + seconds{1});
    CHECK(account.snapshot().closed.lines.size() == 9);
    // What was forgotten must be read again.
    CHECK_FALSE(account.serves(*minutely(), recorded(kDay + minutes{19})));
}

TEST_CASE("after a restart the windows that closed meanwhile are read back, a day at a time, at most a week") {
    FakeSource source{kDay - std::chrono::hours{24 * 30}};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    const Instant now = kDay + std::chrono::hours{12};
    const auto catchUp = [&](PolicyAccount& account) {
        account.advance(now);
        while (!account.hasCaughtUp()) account.advance(now);
    };
    PolicyAccount week{*policy(), query, now, recorded(kDay - std::chrono::hours{24 * 10})};
    week.advance(now);
    CHECK_FALSE(week.snapshot().known);  // bounded steps, so that a stop is not held up
    catchUp(week);
    auto reach = week.snapshot().closed.reach.at("chat");
    CHECK(reach.from == now - kFurthestBack);
    CHECK(week.serves(*policy(), recorded(kDay - std::chrono::hours{24 * 10})));

    PolicyAccount night{*policy(), query, now, recorded(kDay - std::chrono::hours{24 * 2})};
    catchUp(night);
    CHECK(night.snapshot().closed.lines.size() == 1);
    CHECK(night.snapshot().closed.lines.at({"chat", "search", kDay - std::chrono::hours{48}}).consumed ==
          api::Tokens{864'000});
    night.want(recorded(kDay - std::chrono::hours{24}));
    CHECK(night.snapshot().closed.lines.at({"chat", "search", kDay - std::chrono::hours{24}}).consumed ==
          api::Tokens{864'000});
    CHECK(consumed(night) == 12 * 36'000 + 10);
}

TEST_CASE("an account that was not asked for closed windows cannot serve who asks for them") {
    FakeSource source{kDay - minutes{30}};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    PolicyAccount account{*minutely(), query, kDay + minutes{10}};
    account.advance(kDay + minutes{20});
    CHECK(account.snapshot().closed.reach.empty());
    CHECK_FALSE(account.serves(*minutely(), recorded(kDay + minutes{15})));
    CHECK(account.serves(*minutely(), recorded(kDay + minutes{20})));
}

TEST_CASE("a loan's beginning is told apart while its window is open, and costs no second reading when that is over") {
    FakeSource source{kDay - minutes{30}};
    const auto query = [&](const auto&... arguments) { return source(arguments...); };
    const auto lent = [](Instant until) {
        Wanted wanted = recorded(until);
        wanted.cuts[{"chat", "search"}] = {kDay + seconds{20}};
        return wanted;
    };
    PolicyAccount account{*minutely(), query, kDay + seconds{30}, lent(kDay)};
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
    CHECK_FALSE(account.serves(*minutely(), another));  // of a window that is not over: to be read again
    CHECK(source.queries == queries);
}
