#include "controllers/treasury/closing.hpp"

#include <catch2/catch.hpp>

#include "controllers/treasury/planning_period.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::treasury;
using api::BudgetWindow;
using api::Tokens;
using bursar::testing::makePolicy;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

Instant at(const char* text) { return *parseInstant(text); }

std::string spanOf(const TimeWindow& span) { return formatInstant(span.start) + " " + formatInstant(span.end); }

// One day of the pool chat, of the team search.
PoolTally day(Instant start, std::int64_t forecast, std::int64_t consumed, bool refused = false) {
    return {"chat",
            BudgetWindow::Day,
            {start, start + hours{24}},
            0,
            {{"search", {forecast, forecast, consumed, 1, refused ? 1 : 0}}}};
}

const RecordKey kSearch{"main", "chat", "search"};

}  // namespace

TEST_CASE("months and quarters, with leap years and year's ends (UTC)") {
    CHECK(spanOf(monthAt(at("2028-02-29T23:59:59Z"))) == "2028-02-01T00:00:00Z 2028-03-01T00:00:00Z");
    CHECK(spanOf(monthAt(at("2026-12-31T23:59:59Z"))) == "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z");
    CHECK(monthAt(at("2100-02-10T00:00:00Z")).end - monthAt(at("2100-02-10T00:00:00Z")).start == hours{28 * 24});
    struct Row {
        const char* when;
        const char* month;
        const char* quarter;
        const char* quarterSpan;
    };
    for (const Row& row :
         std::vector<Row>{{"2026-01-01T00:00:00Z", "2026-01", "2026Q1", "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z"},
                          {"2028-02-29T12:00:00Z", "2028-02", "2028Q1", "2028-01-01T00:00:00Z 2028-04-01T00:00:00Z"},
                          {"2026-03-31T23:59:59Z", "2026-03", "2026Q1", "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z"},
                          {"2026-09-30T23:59:00Z", "2026-09", "2026Q3", "2026-07-01T00:00:00Z 2026-10-01T00:00:00Z"},
                          {"2026-10-01T00:00:00Z", "2026-10", "2026Q4", "2026-10-01T00:00:00Z 2027-01-01T00:00:00Z"}}) {
        CHECK(periodAt(at(row.when), api::Period::Month).toString() == row.month);
        CHECK(periodAt(at(row.when), api::Period::Quarter).toString() == row.quarter);
        CHECK(spanOf(periodAt(at(row.when), api::Period::Quarter).span()) == row.quarterSpan);
    }
}

TEST_CASE("folding adds up by pool, window length and unit") {
    PoolTally minute{"chat", BudgetWindow::Minute, {kDay, kDay + minutes{1}}, 0, {{"search", {5, 4, 3, 1, 1}}}};
    PoolTally later = minute;
    later.span = {kDay + minutes{1}, kDay + minutes{2}};
    later.teams["ads"] = {7, 7, 7, 1, 0};
    PoolTally gap{"chat", BudgetWindow::Minute, {kDay + minutes{2}, kDay + minutes{5}}, 3, {}};
    PoolTally tomorrow = minute;
    tomorrow.span = {kDay + hours{24}, kDay + hours{24} + minutes{1}};
    const auto unit = [](Instant instant) { return windowAt(instant, BudgetWindow::Day); };
    const auto folded = fold({later, tomorrow, gap, minute, day(kDay, 1, 1)}, unit);
    REQUIRE(folded.size() == 3);
    CHECK(folded[0] == PoolTally{"chat",
                                 BudgetWindow::Minute,
                                 {kDay, kDay + minutes{5}},
                                 3,
                                 {{"ads", {7, 7, 7, 1, 0}}, {"search", {10, 8, 6, 2, 2}}}});
    CHECK(folded[1].window == BudgetWindow::Day);  // the pool's windows had another length for a while
    CHECK(folded[2] == tomorrow);
}

TEST_CASE("sums hold a month of the largest minute windows, and stop at the largest sum instead of wrapping") {
    Tally sum;
    for (int i = 0; i < 44'640; ++i) sum += {api::kMaxTokens, api::kMaxTokens, api::kMaxTokens, 1, 0};
    CHECK(sum.forecast == api::Wide{api::kMaxTokens} * 44'640);
    for (int i = 0; i < 70; ++i) sum += sum;
    Tally more = sum;
    more += sum;
    CHECK(more.forecast >= sum.forecast);
    CHECK(sum.forecast > 0);
}

TEST_CASE("the record has the periods that are over and recorded to their end, newest first") {
    const std::shared_ptr<const api::AllocationPolicy> policy = makePolicy().pool("chat", 1000);
    std::vector<PoolTally> entries = {day(at("2026-09-29T00:00:00Z"), 100, 60),
                                      day(at("2026-09-30T00:00:00Z"), 100, 70, true),
                                      day(at("2026-10-01T00:00:00Z"), 200, 90)};
    auto record = closedPeriods(*policy, entries);
    REQUIRE(record[kSearch].size() == 1);
    CHECK(record[kSearch][0].period == "2026-09");  // installed late in the period: only its last windows
    CHECK(record[kSearch][0].windows == 2);
    CHECK(record[kSearch][0].forecastSum == 200);
    CHECK(record[kSearch][0].actualSum == 130);
    CHECK(record[kSearch][0].refusedWindows == 1);
    for (Instant start = at("2026-10-02T00:00:00Z"); start < at("2026-11-01T00:00:00Z"); start += hours{24}) {
        entries.push_back(day(start, 200, 90));
    }
    record = closedPeriods(*policy, entries);
    REQUIRE(record[kSearch].size() == 2);
    CHECK(record[kSearch][0].period == "2026-10");
    CHECK(meanConsumed(record[kSearch][0]) == 90);
    entries.pop_back();  // the last window of October is not recorded yet, although October is over
    CHECK(closedPeriods(*policy, entries)[kSearch][0].period == "2026-09");

    auto quarterly = makePolicy().pool("chat", 1000).quarterly();
    CHECK(closedPeriods(quarterly.raw(), entries)[kSearch][0].period == "2026Q3");
    CHECK(closedPeriods(quarterly.raw(), entries)[kSearch].size() == 1);
}

TEST_CASE("recent baselines are the mean of the last seven closed windows there are") {
    const std::shared_ptr<const api::AllocationPolicy> policy = makePolicy().pool("chat", 1000);
    const std::pair<std::string, std::string> kSearchInChat{"chat", "search"};
    const auto of = [&](const std::vector<PoolTally>& entries) {
        std::vector<const PoolTally*> pointers;
        for (const PoolTally& entry : entries) pointers.push_back(&entry);
        return recentBaselines(*policy, std::move(pointers));
    };
    const auto days = [&](const char* first, std::vector<std::int64_t> baselines) {
        std::vector<PoolTally> entries;
        Instant start = at(first);
        for (const std::int64_t baseline : baselines) {
            entries.push_back({"chat",
                               BudgetWindow::Day,
                               {start, start + hours{24}},
                               0,
                               {{"search", {baseline, baseline, 0, 1, 0}}}});
            start += hours{24};
        }
        return entries;
    };
    CHECK(of({}).empty());
    CHECK(of(days("2026-11-20T00:00:00Z", {100, 301})).at(kSearchInChat) == RecentBaseline{Tokens{200}, 2});
    // The oldest two of nine do not count: (10 · 6 + 80) / 7.
    auto entries = days("2026-11-01T00:00:00Z", {9000, 9000, 10, 10, 10, 10, 10, 10, 80});
    CHECK(of(entries).at(kSearchInChat) == RecentBaseline{Tokens{20}, 7});
    std::reverse(entries.begin(), entries.end());
    CHECK(of(entries).at(kSearchInChat) == RecentBaseline{Tokens{20}, 7});
    // On the second day of a month: one day of 170, and six times the mean of a folded October, 3,100 / 31.
    entries = days("2026-11-01T00:00:00Z", {170});
    entries.push_back({"chat",
                       BudgetWindow::Day,
                       {at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z")},
                       0,
                       {{"search", {0, 3100, 0, 31, 0}}}});
    CHECK(of(entries).at(kSearchInChat) == RecentBaseline{Tokens{110}, 7});
    // Windows without known consumption do not count, and neither do other window lengths of the pool.
    entries.push_back({"chat", BudgetWindow::Day, {at("2026-11-02T00:00:00Z"), at("2026-11-12T00:00:00Z")}, 10, {}});
    entries.push_back({"chat",
                       BudgetWindow::Hour,
                       {at("2026-11-12T00:00:00Z"), at("2026-11-12T01:00:00Z")},
                       0,
                       {{"search", {1, 1, 1, 1, 0}}}});
    CHECK(of(entries).at(kSearchInChat) == RecentBaseline{Tokens{110}, 7});
}

TEST_CASE("entries of another pool or window length are not this pool's history") {
    auto hourly = makePolicy().pool("chat", 1000);
    hourly.raw().pools[0].window = BudgetWindow::Hour;
    const std::vector<PoolTally> entries = {day(at("2026-09-30T00:00:00Z"), 100, 60),
                                            day(at("2026-10-31T00:00:00Z"), 1, 1)};
    CHECK(closedPeriods(hourly.raw(), entries).empty());
    CHECK(closedPeriods(makePolicy().pool("embed", 1000).raw(), entries).empty());
}

TEST_CASE("a window closes with the standings of its time; consecutive gaps are one entry") {
    api::Pool pool;
    pool.name = "chat";
    pool.window = BudgetWindow::Minute;
    ClosedUsage usage;
    usage.reach["chat"] = {kDay, kDay + minutes{1}, kDay + minutes{6}};  // reading began a minute late
    usage.gaps = {{"chat", kDay + minutes{1}}, {"chat", kDay + minutes{4}}};
    usage.lines[{"chat", "search", kDay + minutes{2}}] = {Tokens{42}, true};
    usage.lines[{"chat", "guest", kDay + minutes{2}}] = {Tokens{9}, true};  // a team without a TeamQuota
    const Standings standings = {{"search", {Tokens{100}, Tokens{80}, Instant{}}},
                                 {"young", {Tokens{5}, Tokens{5}, kDay + minutes{4}}}};
    const auto closed =
        closeWindows(pool, {kDay, kDay + hours{24}}, usage, [&](Instant) -> const Standings& { return standings; });
    REQUIRE(closed.size() == 5);
    CHECK(closed[0] == PoolTally{"chat", BudgetWindow::Minute, {kDay, kDay + minutes{2}}, 2, {}});
    CHECK(closed[1].teams == std::map<std::string, Tally>{{"search", {100, 80, 42, 1, 1}}});
    CHECK(closed[2].teams == std::map<std::string, Tally>{{"search", {100, 80, 0, 1, 0}}});
    CHECK(closed[3].gaps == 1);
    CHECK(closed[4].teams.contains("young"));
    CHECK(closeWindows(pool, {kDay - minutes{1}, kDay + hours{24}}, usage, [&](Instant) -> const Standings& {
              return standings;
          }).empty());  // that was not part of the query: no conclusion is possible
}

TEST_CASE("a pool whose windows became longer continues with the first whole window") {
    api::Pool pool;
    pool.name = "chat";
    pool.window = BudgetWindow::Hour;
    ClosedUsage usage;
    usage.reach["chat"] = {kDay + minutes{20}, kDay, kDay + hours{3}};
    const Standings none;
    const auto closed = closeWindows(pool, {kDay + minutes{20}, kDay + hours{24}}, usage,
                                     [&](Instant) -> const Standings& { return none; });
    REQUIRE(closed.size() == 2);
    CHECK(closed[0].span.start == kDay + hours{1});
}
