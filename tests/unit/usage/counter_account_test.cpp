#include "controllers/usage/counter_account.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::usage;
using api::BudgetWindow;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
const std::string kTarget = "ratelimit/1";

struct At {
    int second;
    std::int64_t value;
};

CounterSeries series(const std::vector<At>& samples, const std::string& id = "s", const std::string& team = "search") {
    CounterSeries made{id, kTarget, team, "chat", {}};
    for (const At& sample : samples) made.samples.push_back({kDay + seconds{sample.second}, sample.value});
    return made;
}

// The target was scraped at these seconds; its process started at `started` (a second of the day, may be negative).
std::map<std::string, TargetHistory> scraped(const std::vector<int>& at, int started) {
    TargetHistory history;
    for (const int second : at) {
        history.upAt.push_back(kDay + seconds{second});
        history.processStarts.push_back(
            {kDay + seconds{second}, std::chrono::duration_cast<seconds>(kDay.time_since_epoch()).count() + started});
    }
    return {{kTarget, history}};
}

// Scraped, without a process start.
std::map<std::string, TargetHistory> unknownProcess(const std::vector<int>& at) {
    auto targets = scraped(at, 0);
    for (auto& [name, history] : targets) history.processStarts.clear();
    return targets;
}

CounterAccount account() { return {kDay, {{"chat", BudgetWindow::Day}, {"embed", BudgetWindow::Hour}}}; }

std::int64_t consumed(const CounterAccount& from, const std::string& team = "search", Instant window = kDay) {
    const auto found = from.view().consumed.find({"chat", team, window});
    return found == from.view().consumed.end() ? -1 : found->second.value();
}

}  // namespace

TEST_CASE("consumption is the exact difference of raw samples") {
    CounterAccount books = account();
    books.add(scraped({-60, 0, 10, 20, 30}, -3600), {series({{-60, 500}, {0, 510}, {10, 510}, {20, 777}, {30, 1000}})});
    CHECK(consumed(books) == 500);  // 510 − 500 at 00:00:00 belongs to the new day, then 490 more
    CHECK(books.undated() == api::Tokens{0});
    CHECK(books.lastScrape() == kDay + seconds{30});
}

TEST_CASE("overlapping batches and repeated samples count once") {
    CounterAccount books = account();
    books.add(scraped({0, 10}, -3600), {series({{0, 100}, {10, 150}})});
    books.add(scraped({0, 10, 20}, -3600), {series({{0, 100}, {10, 150}, {20, 175}})});
    books.add(scraped({10, 20}, -3600), {series({{10, 150}, {20, 175}})});
    CHECK(consumed(books) == 75);
}

TEST_CASE("a counter that falls was reset and counts its new value, unless its process is known to be the same") {
    CounterAccount books = account();
    books.add(unknownProcess({0, 10, 20, 30}), {series({{0, 1000}, {10, 1200}, {20, 30}, {30, 50}})});
    CHECK(consumed(books) == 200 + 30 + 20);
    CHECK_FALSE(books.doubt(seconds{60}));
}

TEST_CASE("a counter that falls in the same process is wrong: it counts again above its highest value") {
    CounterAccount books = account();
    books.add(scraped({0, 10, 20, 30}, -3600), {series({{0, 1000}, {10, 1200}, {20, 1100}, {30, 1150}})});
    CHECK(consumed(books) == 200);
    REQUIRE(books.doubt(seconds{60}));
    CHECK(books.doubt(seconds{60})->reason == "CounterWentBack");
    CHECK_THAT(books.doubt(seconds{60})->message, Catch::Matchers::Contains("1200 to 1100 at 2026-11-24T00:00:20Z") &&
                                                      Catch::Matchers::Contains("search"));
    CHECK(books.day(kDay, false).gaps.size() == 1);
    books.add(scraped({40}, -3600), {series({{40, 1230}})});
    CHECK(consumed(books) == 230);
    CHECK_FALSE(books.doubt(seconds{60}));

    books.add(scraped({50}, -3600), {series({{50, 3}})});
    CHECK(books.doubt(seconds{60}));
    books.add(scraped({200, 210}, 195), {series({{200, 3}, {210, 7}})});  // another process: it began at zero
    CHECK(consumed(books) == 230 + 7);
    CHECK_FALSE(books.doubt(seconds{60}));
}

TEST_CASE(
    "series that disappear while their process is scraped are reported as absent; those of another process are not") {
    CounterAccount books = account();
    books.add(scraped({0, 10}, -3600), {series({{0, 1}, {10, 2}}), series({{0, 5}, {10, 6}}, "t", "support")});
    CHECK_FALSE(books.doubt(seconds{15}));
    books.add(scraped({20}, -3600), {series({{20, 3}})});
    CHECK_FALSE(books.doubt(seconds{15}));  // not absent for long enough
    books.add(scraped({30}, -3600), {series({{30, 4}})});
    REQUIRE(books.doubt(seconds{15}));
    CHECK(books.doubt(seconds{15})->reason == "SeriesAbsent");
    CHECK_THAT(books.doubt(seconds{15})->message, Catch::Matchers::Contains("2026-11-24T00:00:10Z"));
    books.add(scraped({40}, -3600), {series({{40, 4}}), series({{40, 9}}, "t", "support")});
    CHECK_FALSE(books.doubt(seconds{15}));
    CHECK(consumed(books, "support") == 4);  // 5 at the first scrape is its base
    books.add(scraped({200, 220}, 195), {series({{200, 1}, {220, 1}})});
    CHECK_FALSE(books.doubt(seconds{15}));
}

TEST_CASE("a series that appears on a target seen before began at zero") {
    CounterAccount books = account();
    books.add(scraped({0, 10, 20}, -3600), {series({{10, 700}, {20, 800}})});
    CHECK(consumed(books) == 800);
}

TEST_CASE("a series seen at the first scrape counts from zero only if its process began after the account did") {
    CounterAccount fresh = account();
    fresh.add(scraped({60, 70}, 30), {series({{60, 700}, {70, 800}})});
    CHECK(consumed(fresh) == 800);

    CounterAccount old = account();
    old.add(scraped({60, 70}, -30), {series({{60, 700}, {70, 800}})});
    CHECK(consumed(old) == 100);
    CHECK(old.undated() == api::Tokens{700});
}

TEST_CASE("a target that was not scraped for long is dropped, and counts nothing twice when it returns") {
    CounterAccount books = account();
    books.add(scraped({0, 10}, 5), {series({{10, 100}})});
    REQUIRE(consumed(books) == 100);
    books.pruneTargets(kDay + hours{1});
    books.add(scraped({7200, 7210}, 5), {series({{7200, 150}, {7210, 170}})});
    CHECK(consumed(books) == 100 + 20);
    CHECK(books.undated() == api::Tokens{150});
}

TEST_CASE("a sample before the account begins is only a base") {
    CounterAccount books = account();
    books.add(scraped({-20, -10}, -3600), {series({{-20, 100}, {-10, 300}})});
    CHECK(consumed(books) == -1);
    books.add(scraped({5}, -3600), {series({{5, 310}})});
    CHECK(consumed(books) == 10);
}

TEST_CASE("tokens count in the window in which they were seen, per team and pool") {
    CounterAccount books = account();
    books.add(scraped({0, 86'390, 86'400}, -3600),
              {series({{0, 0}, {86'390, 40}, {86'400, 45}}), series({{0, 0}, {86'390, 7}}, "t", "support")});
    CHECK(consumed(books) == 40);
    CHECK(consumed(books, "search", kDay + hours{24}) == 5);
    CHECK(consumed(books, "support") == 7);
    books.prune({{"chat", kDay + hours{24}}});
    CHECK(consumed(books) == -1);
    CHECK(consumed(books, "search", kDay + hours{24}) == 5);
}

TEST_CASE("samples of a pool that the policy does not have are skipped") {
    CounterAccount books = account();
    CounterSeries stranger = series({{0, 0}, {10, 40}});
    stranger.pool = "none";
    books.add(scraped({0, 10}, -3600), {stranger});
    CHECK(books.view().consumed.empty());
}

namespace {

// The hours `from` … `until` of the pool embed, wanted from midnight on.
treasury::ClosedUsage hoursOf(const CounterAccount& books, int from, int until) {
    return books.closed({{"embed", {kDay + hours{from}, kDay, kDay + hours{until}}}});
}

CounterSeries embed(const std::vector<At>& samples, CounterSeries::Counts counts = CounterSeries::Counts::Tokens) {
    CounterSeries made = series(samples, counts == CounterSeries::Counts::Tokens ? "e" : "r");
    made.pool = "embed";
    made.counts = counts;
    return made;
}

// Every 30 seconds of [from, until].
std::vector<int> steadily(int from, int until) {
    std::vector<int> at;
    for (int second = from; second <= until; second += 30) at.push_back(second);
    return at;
}

}  // namespace

TEST_CASE("closed windows have consumption and refusals, of the wanted pools only") {
    CounterAccount books = account();
    books.add(scraped(steadily(-60, 3 * 3600 + 60), -7200),
              {embed({{-60, 0}, {60, 5}, {3660, 9}, {7260, 20}, {10'830, 21}}),
               embed({{-60, 3}, {3000, 3}, {3660, 4}, {7260, 0}, {7290, 0}}, CounterSeries::Counts::Refusals)});
    const auto closed = hoursOf(books, 1, 3);
    CHECK(closed.gaps.empty());
    REQUIRE(closed.lines.size() == 2);
    CHECK(closed.lines.at({"embed", "search", kDay + hours{1}}).consumed == api::Tokens{4});
    CHECK(closed.lines.at({"embed", "search", kDay + hours{1}}).refused);
    CHECK(closed.lines.at({"embed", "search", kDay + hours{2}}).consumed == api::Tokens{11});
    CHECK_FALSE(closed.lines.at({"embed", "search", kDay + hours{2}}).refused);  // a reset to 0 is no refusal
}

TEST_CASE("a refusal counter that was reset counts its new value") {
    CounterAccount books = account();
    books.add(unknownProcess(steadily(-60, 7200)), {embed({{-60, 50}, {4000, 2}}, CounterSeries::Counts::Refusals)});
    CHECK(hoursOf(books, 0, 2).lines.at({"embed", "search", kDay + hours{1}}).refused);
}

TEST_CASE("a window without any scrape is a gap, and so is the one its tokens are counted in") {
    CounterAccount books = account();
    std::vector<int> at = steadily(-60, 3000);  // then Prometheus is down until 02:10
    for (const int second : steadily(7800, 4 * 3600)) at.push_back(second);
    books.add(scraped(at, -7200), {embed({{-60, 0}, {3000, 7}, {7800, 900}, {8000, 901}, {11'000, 905}})});
    const auto closed = hoursOf(books, 0, 4);
    CHECK(closed.gaps ==
          std::set<std::pair<std::string, Instant>>{{"embed", kDay + hours{1}}, {"embed", kDay + hours{2}}});
    CHECK(closed.lines.at({"embed", "search", kDay}).consumed == api::Tokens{7});
    CHECK(closed.lines.at({"embed", "search", kDay + hours{3}}).consumed == api::Tokens{4});
}

TEST_CASE("if the process restarted in the silence, only windows without a scrape are gaps") {
    CounterAccount books = account();
    std::vector<int> at = steadily(-60, 3000);
    books.add(scraped(at, -7200), {embed({{-60, 0}, {3000, 7}})});
    books.add(scraped(steadily(7800, 4 * 3600), 7790), {embed({{7800, 2}, {11'000, 3}})});
    const auto closed = hoursOf(books, 0, 4);
    CHECK(closed.gaps == std::set<std::pair<std::string, Instant>>{{"embed", kDay + hours{1}}});
    CHECK(closed.lines.at({"embed", "search", kDay + hours{2}}).consumed == api::Tokens{2});
}

TEST_CASE("windows before the first scrape are gaps; so is a window with tokens that cannot be dated") {
    CounterAccount fresh = account();
    fresh.add(scraped(steadily(3900, 3 * 3600), 3890), {embed({{3900, 5}, {7300, 9}})});
    CHECK(hoursOf(fresh, 0, 3).gaps == std::set<std::pair<std::string, Instant>>{{"embed", kDay}});
    CHECK(hoursOf(fresh, 0, 3).lines.at({"embed", "search", kDay + hours{1}}).consumed == api::Tokens{5});

    CounterAccount old = account();
    old.add(scraped(steadily(3900, 3 * 3600), -50), {embed({{3900, 5}, {7300, 9}})});
    CHECK(hoursOf(old, 0, 3).gaps ==
          std::set<std::pair<std::string, Instant>>{{"embed", kDay}, {"embed", kDay + hours{1}}});
}
