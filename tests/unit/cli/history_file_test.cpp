#include "operator/cli/manifests/history_file.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::cli;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;

namespace {

const std::string kHeader = "team,pool,period,forecast,actual,throttledPercent\n";

Instant now() { return *parseInstant("2026-11-24T10:00:00Z"); }

History parse(const std::string& rows) { return parseHistory(kHeader + rows, "h.csv", now()); }

std::vector<std::string> messages(const std::vector<api::ManifestError>& errors) {
    std::vector<std::string> texts;
    for (const auto& error : errors) texts.push_back(error.toString());
    return texts;
}

// Quarters for search, months for ads.
treasury::World twoPolicies() {
    treasury::World world;
    world.policies = {makePolicy("main").pool("chat", 1000).quarterly(), makePolicy("monthly").pool("chat", 1000)};
    world.quotas = {makeQuota("search").forecast("chat", 400),
                    makeQuota("ads").policy("monthly").forecast("chat", 400)};
    return world;
}

}  // namespace

TEST_CASE("a row becomes sums over windows, without rounding") {
    const History history = parse("search,chat,2026Q3,400M,123456789,12.5\n");
    REQUIRE(history.errors.empty());
    REQUIRE(history.rows.size() == 1);
    const treasury::PeriodRecord& record = history.rows[0].record;
    CHECK(record.period == "2026Q3");
    CHECK(record.windows == 1000);  // 12.5 % is 125 of 1,000
    CHECK(record.refusedWindows == 125);
    CHECK(record.forecastSum == api::Wide{400'000'000} * 1000);
    CHECK(record.actualSum == api::Wide{123'456'789} * 1000);
}

TEST_CASE("percentages are exact, and decide at 10 % exactly") {
    const auto share = [](const std::string& percent) {
        const History history = parse("search,chat,2026Q3,1,1," + percent + "\n");
        REQUIRE(messages(history.errors).empty());
        const auto& record = history.rows.at(0).record;
        return std::pair{record.refusedWindows, record.windows};
    };
    CHECK(share("0") == std::pair<std::int64_t, std::int64_t>{0, 100});
    CHECK(share("100") == std::pair<std::int64_t, std::int64_t>{100, 100});
    CHECK(share("100.000") == std::pair<std::int64_t, std::int64_t>{100, 100});
    CHECK(share("007.50") == std::pair<std::int64_t, std::int64_t>{75, 1000});
    CHECK(share("9.999999") == std::pair<std::int64_t, std::int64_t>{9'999'999, 100'000'000});
}

TEST_CASE("every invalid row is an error with its line") {
    struct Case {
        const char* row;
        std::string message;
    };
    const std::string amounts = "; write whole tokens from 0 to 9e15, such as 400000000, 400M or 1.2G";
    const std::string percentage = " is not a percentage from 0 to 100 with at most 6 decimals";
    const std::vector<Case> cases = {
        {"search,chat,2026Q3,1,1",
         "the row has 5 columns; it needs 6: team,pool,period,forecast,actual,throttledPercent"},
        {"search,chat,2026Q3,1,1,0,",
         "the row has 7 columns; it needs 6: team,pool,period,forecast,actual,throttledPercent"},
        {"Search,chat,2026Q3,1,1,0",
         "team: \"Search\" is not a name: lower-case letters, digits and '-', at most 63 of them"},
        {"search,,2026Q3,1,1,0", "pool: \"\" is not a name: lower-case letters, digits and '-', at most 63 of them"},
        {"search,chat,Q3 2026,1,1,0",
         "period: \"Q3 2026\" is not a period; write a quarter as 2026Q3 or a month as 2026-09"},
        {"search,chat,2026Q4,1,1,0",
         "period: 2026Q4 ends at 2027-01-01T00:00:00Z, after 2026-11-24T10:00:00Z; only closed periods are held "
         "against forecasts"},
        {"search,chat,2026Q3,-1,1,0", "forecast: \"-1\" is not an amount of tokens: it is negative" + amounts},
        {"search,chat,2026Q3,1,0.5,0", "actual: \"0.5\" is not an amount of tokens: tokens are whole" + amounts},
        {"search,chat,2026Q3,1,,0", "actual: \"\" is not an amount of tokens: it is empty" + amounts},
        {"search,chat,2026Q3,1,1,", "throttledPercent: \"\"" + percentage},
        {"search,chat,2026Q3,1,1,100.01", "throttledPercent: \"100.01\"" + percentage},
        {"search,chat,2026Q3,1,1,12.", "throttledPercent: \"12.\"" + percentage},
        {"search,chat,2026Q3,1,1,-1", "throttledPercent: \"-1\"" + percentage},
        {"search,chat,2026Q3,1,1,1.1234567", "throttledPercent: \"1.1234567\"" + percentage},
        {"search,chat,2026Q3,1,1,99999999999999999999", "throttledPercent: \"99999999999999999999\"" + percentage},
        {"se\"arch,chat,2026Q3,1,1,0", "a quote is inside a field that does not begin with one"},
        {"\"search,chat,2026Q3,1,1,0", "a quoted field is never closed"},
    };
    for (const Case& each : cases) {
        const History history = parse(std::string{each.row} + "\n");
        CHECK(messages(history.errors) == std::vector<std::string>{"h.csv:2: " + each.message});
        CHECK(history.rows.empty());
    }
}

TEST_CASE("all errors of a row are reported at once, and other rows are read") {
    const History history = parse("X,chat,never,1,1,0\r\nsearch,chat,2026Q3,1,1,0\r\n");
    CHECK(history.errors.size() == 2);
    CHECK(history.rows.size() == 1);
    CHECK(history.rows[0].place.line == 3);
}

TEST_CASE("a period counts once for a team and pool") {
    const History history = parse("search,chat,2026Q3,1,1,0\nsearch,embed,2026Q3,1,1,0\nsearch,chat,2026Q3,2,2,0\n");
    CHECK(messages(history.errors) ==
          std::vector<std::string>{"h.csv:4: team \"search\" has a row for pool \"chat\" and period 2026Q3 on line 2 "
                                   "already; keep one of them"});
    CHECK(history.rows.size() == 2);
}

TEST_CASE("without the header nothing is read: the columns are unknown") {
    const std::string message = "h.csv:1: the first line must be team,pool,period,forecast,actual,throttledPercent";
    for (const char* text :
         {"", "\n", "search,chat,2026Q3,1,1,0\n", "pool,team,period,forecast,actual,throttledPercent\n"}) {
        const History history = parseHistory(text, "h.csv", now());
        REQUIRE(history.errors.size() == 1);
        CHECK(history.errors[0].message == message.substr(9));
        CHECK(history.rows.empty());
    }
    CHECK(parseHistory("\xEF\xBB\xBF" + kHeader, "h.csv", now()).errors.empty());
}

TEST_CASE("bytes that are not text are shown without control characters") {
    const History history = parse("\x1b[2J\xff,chat,2026Q3,1,1,0\n");
    REQUIRE(history.errors.size() == 1);
    CHECK(history.errors[0].message.find('\x1b') == std::string::npos);
}

TEST_CASE("a missing file is NotFound") {
    const testing::TemporaryDirectory folder;
    CHECK(readHistoryFile(folder.write("h.csv", kHeader), now()));
    CHECK(readHistoryFile(folder.write("empty.csv", ""), now())->errors.size() == 1);
    CHECK(readHistoryFile((folder.path() / "none.csv").string(), now()).error().isNotFound());
    CHECK_FALSE(readHistoryFile(folder.path().string(), now()));
}

TEST_CASE("rows enter the record of their policy, newest first, whatever their order in the file") {
    treasury::World world = twoPolicies();
    const History history = parse(
        "search,chat,2026Q1,1,1,0\nsearch,chat,2026Q3,3,3,0\nsearch,chat,2025Q4,4,4,0\nads,chat,2026-10,5,5,0\n"
        "gone,chat,2026Q3,1,1,0\nsearch,other,2026Q3,1,1,0\n");
    const HistoryFindings findings = applyHistory(history, now(), world);
    CHECK(findings.errors.empty());
    CHECK(findings.notes.empty());
    CHECK(world.record.size() == 2);  // rows of unknown teams and pools are ignored
    const auto& record = world.record.at({"main", "chat", "search"});
    REQUIRE(record.size() == 3);
    CHECK(record[0].period == "2026Q3");
    CHECK(record[1].period == "2026Q1");  // a gap: it counts as the period before, as it is
    CHECK(record[2].period == "2025Q4");
}

TEST_CASE("a period of another kind than the policy's is an error with the right form") {
    treasury::World world = twoPolicies();
    const HistoryFindings findings =
        applyHistory(parse("search,chat,2026-09,1,1,0\nads,chat,2026Q3,1,1,0\n"), now(), world);
    CHECK(messages(findings.errors) ==
          std::vector<std::string>{
              "h.csv:2: period: 2026-09 is a month, but AllocationPolicy \"main\" plans by the quarter; write 2026Q3",
              "h.csv:3: period: 2026Q3 is a quarter, but AllocationPolicy \"monthly\" plans by the month; write "
              "2026-09"});
    CHECK(world.record.empty());
}

TEST_CASE("a history that ends before the last closed period is used, with a note") {
    treasury::World world = twoPolicies();
    const HistoryFindings findings = applyHistory(parse("search,chat,2026Q2,400,100,0\n"), now(), world);
    CHECK(findings.errors.empty());
    CHECK(findings.notes == std::vector<std::string>{"the history has no 2026Q3 for search in main/chat (2026Q2); the "
                                                     "newest period it has stands for it"});
    CHECK(world.record.at({"main", "chat", "search"}).size() == 1);
}
