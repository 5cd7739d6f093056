#include "operator/cli/ledger_command.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using api::BudgetWindow;
using bursar::testing::closedWindow;
using bursar::testing::makePolicy;

namespace {

// October, and a first day of November, of two teams; each consumed 60 of 100 every day, refused every third.
cli::LedgerReport report(const std::string& team = "") {
    ledger::Chain chain{"main"};
    for (Instant at = *parseInstant("2026-10-01T00:00:00Z"); at < *parseInstant("2026-11-02T00:00:00Z");
         at += std::chrono::hours{24}) {
        chain.append({closedWindow("chat", BudgetWindow::Day, at, 60, 2)});
    }
    return cli::reportOf(chain, makePolicy().pool("chat", 1000).raw(), team);
}

}  // namespace

TEST_CASE("closed periods as CSV are what plan reads as history") {
    CHECK(cli::renderCsv({report()}) ==
          "team,pool,period,forecast,actual,throttledPercent\n"
          "team-0,chat,2026-10,100,60,100\n"
          "team-1,chat,2026-10,100,60,100\n");
    CHECK(cli::renderCsv({report("team-1")}) ==
          "team,pool,period,forecast,actual,throttledPercent\nteam-1,chat,2026-10,100,60,100\n");
}

TEST_CASE("closed periods for people and as JSON") {
    const std::string table = cli::renderTable({report("team-0")});
    CHECK_THAT(table, Catch::Matchers::Contains("main/chat: recorded until 2026-11-02T00:00:00Z, 0 windows could not be had"));
    CHECK_THAT(table, Catch::Matchers::Contains("THROTTLED%") && Catch::Matchers::Contains("2026-10"));
    const auto described = cli::describe({report("team-0")});
    CHECK(described["policies"][0]["periods"][0]["windows"] == 31);
    CHECK(described["policies"][0]["pools"][0]["recordedUntil"] == "2026-11-02T00:00:00Z");
}
