// The days of an account: when a day closes, how long it stays, and when the account reads it again.
#include <catch2/catch.hpp>

#include "controllers/usage/policy_account.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/usage_source.hpp"

using namespace bursar;
using namespace bursar::usage;
using bursar::testing::usageSource;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
constexpr Duration kLength = hours{24};
const Instant kMidnight = kDay + kLength;

// A fake Prometheus: each target is scraped every 30 seconds from `since` to `until`, and counts a token each time.
struct FakeSource {
    struct Target {
        Instant since;
        Instant until = Instant::max();
    };
    std::map<std::string, Target> targets;
    bool down = false;
    int queries = 0;

    Result<UsageBatch> operator()(Instant to, Duration span) {
        ++queries;
        if (down) return makeError(ErrorCode::Unavailable, "connection refused");
        UsageBatch batch;
        for (const auto& [name, target] : targets) {
            CounterSeries series{name, name, "search", "chat", {}};
            series.model = "gpt-4o";
            series.type = api::TokenType::Input;
            const Instant from = std::max<Instant>(to - span, target.since);
            Instant at = target.since + std::chrono::ceil<seconds>(from - target.since) / 30 * 30;
            for (; at <= std::min(to, target.until); at += seconds{30}) {
                if (at < from) continue;
                series.samples.push_back({at, (at - target.since) / seconds{30}});
                batch.targets[name].upAt.push_back(at);
            }
            if (!series.samples.empty()) batch.series.push_back(series);
        }
        return batch;
    }
};

std::shared_ptr<const api::AllocationPolicy> policy() {
    auto made = bursar::testing::makePolicy().pool("chat", 1'000'000);
    made.raw().usageType = api::UsageType::Prometheus;
    return made;
}

Wanted from(Instant day) { return {{}, {}, day}; }

std::int64_t inputOf(const MeteredDays::Day& day) {
    return day->teams.empty() ? 0 : day->teams.at("search").usage.at({"chat", "gpt-4o"}).input.value();
}

}  // namespace

TEST_CASE("a day is closed once the source was read and scraped beyond its end, and not before") {
    FakeSource source{{{"t", {kDay - minutes{30}}}}};
    PolicyAccount account{*policy(), usageSource(source), kMidnight - minutes{1}, from(kDay)};
    do account.advance(kMidnight - minutes{1});
    while (!account.hasCaughtUp());
    CHECK(account.snapshot().days.closed.empty());
    CHECK(inputOf(account.snapshot().days.open.at(0)) == 2879);
    account.advance(kMidnight + seconds{14});
    CHECK(account.snapshot().days.closed.empty());
    REQUIRE(account.snapshot().days.open.size() == 2);
    CHECK(inputOf(account.snapshot().days.open.at(1)) == 1);  // the scrape at midnight
    account.advance(kMidnight + seconds{15});
    const MeteredDays days = account.snapshot().days;
    REQUIRE(days.closed.size() == 1);
    CHECK(days.closed[0]->day == kDay);
    CHECK(inputOf(days.closed[0]) == 2880);  // two a minute
    CHECK(days.closed[0]->gaps.empty());
    REQUIRE(days.open.size() == 1);
    CHECK(days.open[0]->day == kMidnight);
}

TEST_CASE("a day waits some minutes for a target that was scraped until its end") {
    FakeSource source{{{"t", {kDay - minutes{30}}}, {"u", {kDay - minutes{30}, kMidnight - minutes{2}}}}};
    PolicyAccount account{*policy(), usageSource(source), kMidnight, from(kDay)};
    const auto advance = [&](Instant now) {
        do account.advance(now);
        while (!account.hasCaughtUp());
        account.advance(now);
        return account.snapshot().days;
    };
    CHECK(advance(kMidnight + minutes{4}).closed.empty());
    SECTION("it comes back: its process went on, nothing was lost") {
        source.targets["u"].until = Instant::max();
        const MeteredDays days = advance(kMidnight + minutes{6});
        REQUIRE(days.closed.size() == 1);
        CHECK(days.closed[0]->gaps.empty());
    }
    SECTION("it does not: what it counted after its last scrape is a gap") {
        const MeteredDays days = advance(kMidnight + minutes{6});
        REQUIRE(days.closed.size() == 1);
        REQUIRE(days.closed[0]->gaps.size() == 1);
        CHECK(days.closed[0]->gaps[0].from == kMidnight - minutes{2});
        CHECK(days.closed[0]->gaps[0].until == kMidnight);
    }
}

TEST_CASE("closed days stay until they are recorded; a restart reads unrecorded ones again") {
    FakeSource source{{{"t", {kDay - hours{24 * 9}}}}};
    const Instant now = kDay + hours{24 * 3 + 1};
    const auto caughtUp = [&](PolicyAccount& account) {
        do account.advance(now);
        while (!account.hasCaughtUp());
        return account.snapshot().days;
    };
    PolicyAccount account{*policy(), usageSource(source), now, from(kDay)};
    const MeteredDays days = caughtUp(account);
    REQUIRE(days.closed.size() == 3);
    for (const auto& day : days.closed) CHECK(inputOf(day) == 2880);
    CHECK(inputOf(days.open.at(0)) == 121);

    const Instant recorded = kDay + 2 * kLength;
    CHECK(account.serves(*policy(), from(recorded)));
    account.want(from(recorded));
    account.advance(now);
    REQUIRE(account.snapshot().days.closed.size() == 1);
    CHECK(account.snapshot().days.closed[0]->day == recorded);
    CHECK_FALSE(account.serves(*policy(), from(kDay)));  // dropped days must be read again

    PolicyAccount restarted{*policy(), usageSource(source), now, from(kDay)};
    const MeteredDays again = caughtUp(restarted);
    REQUIRE(again.closed.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(*again.closed[i] == *days.closed[i]);
}

TEST_CASE("days older than a week are not read, and are a gap") {
    FakeSource source{{{"t", {kDay - hours{24 * 30}}}}};
    const Instant now = kDay + hours{1};
    PolicyAccount account{*policy(), usageSource(source), now, from(kDay - 9 * kLength)};
    do account.advance(now);
    while (!account.hasCaughtUp());
    const MeteredDays days = account.snapshot().days;
    REQUIRE(days.closed.size() == 9);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(days.closed[i]->teams.empty());
        REQUIRE(days.closed[i]->gaps.size() == 1);
        CHECK(days.closed[i]->gaps[0].from == days.closed[i]->day);
    }
    CHECK(days.closed[1]->gaps[0].until == days.closed[2]->day);
    CHECK(days.closed[2]->gaps.at(0).until == now - kFurthestBack);  // an hour of it
    CHECK(inputOf(days.closed[2]) == 23 * 120);
    for (std::size_t i = 3; i < 9; ++i) CHECK(days.closed[i]->gaps.empty());
}

TEST_CASE("closed days that no ledger records are dropped after a week, and are a gap") {
    FakeSource source{{{"t", {kDay - hours{1}}}}};
    PolicyAccount account{*policy(), usageSource(source), kDay, from(kDay)};
    Instant now = kDay;
    for (; now < kDay + 9 * kLength; now += hours{8}) {
        do account.advance(now);
        while (!account.hasCaughtUp());
        account.advance(now);
    }
    const MeteredDays days = account.snapshot().days;
    REQUIRE(days.closed.size() == 8);
    CHECK(days.closed[0]->teams.empty());
    CHECK(days.closed[0]->gaps.size() == 1);
    CHECK(inputOf(days.closed[3]) == 2880);
}

TEST_CASE(
    "an account meters days only if they are wanted; an account without days does not serve a policy that wants them") {
    auto hourly = bursar::testing::makePolicy().pool("chat", 1'000'000);
    hourly.raw().pools[0].window = api::BudgetWindow::Hour;
    FakeSource source{{{"t", {kDay - minutes{30}}}}};
    const Instant now = kDay + hours{5} + minutes{10};
    PolicyAccount account{hourly.raw(), usageSource(source), now};
    account.advance(now);
    CHECK(account.snapshot().days.open.empty());
    CHECK_FALSE(account.serves(hourly.raw(), from(kDay)));
    PolicyAccount daily{*policy(), usageSource(source), now};
    CHECK(daily.serves(*policy(), from(kDay)));  // its daily window was read from midnight
}

TEST_CASE("readDays reads the days at once, or says why it cannot") {
    FakeSource source{{{"t", {kDay - minutes{30}}}}};
    const Instant now = kDay + hours{30};
    const auto usage = readDays(*policy(), usageSource(source), kDay + hours{3}, now);
    REQUIRE(usage);
    CHECK(usage->known);
    CHECK(usage->isFresh(usage->lastScrape));
    REQUIRE(usage->days.closed.size() == 1);
    CHECK(inputOf(usage->days.closed[0]) == 2880);
    CHECK(inputOf(usage->days.open.at(0)) == 6 * 120 + 1);

    source.down = true;
    const auto failed = readDays(*policy(), usageSource(source), kDay, now);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::Unavailable);
    CHECK(failed.error().message == "connection refused");

    auto none = bursar::testing::makePolicy().pool("chat", 1);
    const auto unmetered = readDays(none.raw(), nullptr, kDay, now);
    REQUIRE_FALSE(unmetered);
    CHECK(unmetered.error().code == ErrorCode::InvalidArgument);
}
