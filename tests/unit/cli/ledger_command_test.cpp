#include "operator/cli/ledger/ledger_command.hpp"

#include <catch2/catch.hpp>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/metered_days.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using api::BudgetWindow;
using bursar::testing::closedWindow;
using bursar::testing::makePolicy;
using Catch::Matchers::Contains;

namespace {

// October, and a first day of November, of two teams; each consumed 60 of 100 every day, refused every third.
cli::LedgerReport report(const std::string& team = "") {
    ledger::Chain chain{"main"};
    for (Instant at = *parseInstant("2026-10-01T00:00:00Z"); at < *parseInstant("2026-11-02T00:00:00Z");
         at += std::chrono::hours{24}) {
        chain.append({closedWindow("chat", BudgetWindow::Day, at, 60, 2)});
    }
    return cli::reportOf(chain, ledger::MeteringChain{"main"}, makePolicy().pool("chat", 1000).raw(), team);
}

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

// A ledger in Kubernetes with one closed window, one metered day, and a statement of November that was closed.
struct Recorded {
    std::shared_ptr<bursar::testing::FakeClient> client = std::make_shared<bursar::testing::FakeClient>();
    ledger::KubernetesLedger ledger{client, "bursar-system"};

    explicit Recorded(const std::string& kept) {
        ledger::Chain windows = *ledger.read("main");
        windows.append({closedWindow("chat", BudgetWindow::Day, kDay, 60)});
        REQUIRE(ledger.commit(windows));
        ledger::MeteringChain days = *ledger.readMetering("main");
        days.begin(kDay);
        days.append(bursar::testing::meteredDay(kDay));
        days.close({"2026-11", sha256Of("the statement")});
        REQUIRE(ledger.commit(days));
        REQUIRE(ledger.keepStatement({"main", "2026-11"}, kept));
    }
};

}  // namespace

TEST_CASE("plan reads the CSV of closed periods as its history") {
    CHECK(cli::renderCsv({report()}) ==
          "team,pool,period,forecast,actual,throttledPercent\n"
          "team-0,chat,2026-10,100,60,100\n"
          "team-1,chat,2026-10,100,60,100\n");
    CHECK(cli::renderCsv({report("team-1")}) ==
          "team,pool,period,forecast,actual,throttledPercent\nteam-1,chat,2026-10,100,60,100\n");
}

TEST_CASE("closed periods for people and as JSON") {
    const std::string table = cli::renderTable({report("team-0")});
    CHECK_THAT(table, Contains("main/chat: recorded until 2026-11-02T00:00:00Z, 0 windows unknown"));
    CHECK_THAT(table, Contains("THROTTLED%") && Contains("2026-10"));
    const auto described = cli::describe({report("team-0")});
    CHECK(described["policies"][0]["periods"][0]["windows"] == 31);
    CHECK(described["policies"][0]["pools"][0]["recordedUntil"] == "2026-11-02T00:00:00Z");
}

TEST_CASE("ledger verify lists what is intact, and exits with 2 for a changed statement") {
    Recorded whole{"the statement"};
    const cli::Answer good = cli::runLedgerVerify(whole.ledger, {});
    CHECK(good.exitCode == 0);
    CHECK(good.err.empty());
    CHECK_THAT(good.out, Contains("main: 1 records of closed windows are whole") &&
                             Contains("main: 3 records of metered days are whole") &&
                             Contains("main: 1 statements are as they were closed"));
    Recorded changed{"another"};
    const cli::Answer bad = cli::runLedgerVerify(changed.ledger, {});
    CHECK(bad.exitCode == 2);
    CHECK_THAT(bad.err, Contains("bursar ledger: main: statement 2026-11 is broken"));
    CHECK_THAT(bad.out, Contains("main: 3 records of metered days are whole"));
    ledger::KubernetesLedger empty{std::make_shared<bursar::testing::FakeClient>(), "bursar-system"};
    CHECK(cli::runLedgerVerify(empty, {}).out == "the ledger has no records\n");
    const cli::Answer missing = cli::runLedgerVerify(whole.ledger, {"other", "", "table"});
    CHECK(missing.exitCode == 1);
    CHECK_THAT(missing.err, Contains("other: the ledger has no records of it"));
}

TEST_CASE("ledger show prints until when usage is metered, also for a deleted policy") {
    Recorded recorded{"the statement"};
    const auto gone = [](const std::string&) { return std::nullopt; };
    const cli::Answer table = cli::runLedgerShow(recorded.ledger, gone, {});
    CHECK(table.exitCode == 0);
    CHECK_THAT(table.out, Contains("main: metered until 2026-11-25T00:00:00Z; closed statements: 2026-11\n") &&
                              Contains("main/chat: recorded until 2026-11-25T00:00:00Z"));
    const auto described = nlohmann::json::parse(cli::runLedgerShow(recorded.ledger, gone, {"", "", "json"}).out);
    CHECK(described["policies"][0]["meteredUntil"] == "2026-11-25T00:00:00Z");
    CHECK(described["policies"][0]["statements"] == nlohmann::json{"2026-11"});
}
