// The cases every store must pass, and what PostgreSQL can do to a ledger: lose its connection at any moment, be
// changed by hand, keep us waiting.
#include "controllers/ledger/postgres_ledger.hpp"
#include "operator/cli/ledger/ledger_command.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/metered_days.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using Catch::Matchers::Contains;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

treasury::PoolTally hour(int index) {
    return closedWindow("chat", api::BudgetWindow::Hour, kDay + std::chrono::hours{index}, 100 + index);
}

void killConnections() {
    asAdministrator("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bursar'");
}

// The server ends our connection when record `seq` is inserted, or (deferred) when that transaction commits.
void killAtRecord(int seq, bool atCommit) {
    asAdministrator(
        "CREATE FUNCTION bursar.kill() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN IF NEW.seq = " +
        std::to_string(seq) +
        " THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END$$;"
        "CREATE CONSTRAINT TRIGGER kill AFTER INSERT ON bursar.record " +
        std::string{atCommit ? "DEFERRABLE INITIALLY DEFERRED " : ""} + "FOR EACH ROW EXECUTE FUNCTION bursar.kill()");
}

// Changes a table as only its owner can: past the triggers that refuse it.
void tamper(const std::string& table, const std::string& sql) {
    asAdministrator("ALTER TABLE " + table + " DISABLE TRIGGER USER; " + sql + "; ALTER TABLE " + table +
                    " ENABLE TRIGGER USER");
}

// Three windows, two metered days and a closed statement.
void recordAll(Ledger& ledger) {
    Chain windows = readChain(ledger);
    for (int i = 0; i < 3; ++i) windows.append({hour(i)});
    REQUIRE(ledger.commit(windows));
    MeteringChain days = readMetering(ledger);
    days.begin(kDay);
    days.append(meteredDay(kDay));
    days.append(meteredDay(kDay + std::chrono::hours{24}));
    days.close({"2026-11", sha256Of("the statement")});
    REQUIRE(ledger.keepStatement({"main", "2026-11"}, "the statement"));
    REQUIRE(ledger.commit(days));
}

cli::Answer verify() { return cli::runLedgerVerify(*openStore(), {}); }

}  // namespace

// The operator has made its tables; there is nothing in them.
void bursar::testing::emptyStore() {
    asAdministrator("DROP SCHEMA IF EXISTS bursar CASCADE");
    REQUIRE(openStore()->policies());
}

std::unique_ptr<Ledger> bursar::testing::openStore() { return std::make_unique<PostgresLedger>(Access::ReadWrite); }

TEST_CASE("an interrupted commit stores all or nothing, and the next one continues") {
    for (const bool atCommit : {false, true}) {
        emptyStore();
        const auto ledger = openStore();
        Chain chain = readChain(*ledger);
        chain.append({hour(0)});
        REQUIRE(ledger->commit(chain));
        killAtRecord(3, atCommit);
        chain.append({hour(1)});
        chain.append({hour(2)});
        const auto cut = ledger->commit(chain);
        REQUIRE_FALSE(cut);
        CHECK(cut.error().code == ErrorCode::Unavailable);
        CHECK(cut.error().isRetryable());
        CHECK(ledger->commit(chain).error().isConflict());  // read again first
        chain = readChain(*ledger);                         // connects again
        CHECK(chain.size() == 1);
        asAdministrator("DROP TRIGGER kill ON bursar.record");
        chain.append({hour(1), hour(2)});
        REQUIRE(ledger->commit(chain));
        CHECK(verify().exitCode == 0);
    }
}

TEST_CASE("a session reconnects after a connection was lost between two calls") {
    emptyStore();
    const auto ledger = openStore();
    Chain chain = readChain(*ledger);
    chain.append({hour(0)});
    killConnections();
    auto committed = ledger->commit(chain);
    if (!committed) {  // it may be noticed only now
        CHECK(committed.error().code == ErrorCode::Unavailable);
        chain = readChain(*ledger);
        chain.append({hour(0)});
        committed = ledger->commit(chain);
    }
    CHECK(committed);
    CHECK(readChain(*openStore()).size() == 1);
}

TEST_CASE("a process that does not lead commits neither records nor tables; it continues once it leads again") {
    emptyStore();
    ManualClock clock{kDay};
    const auto term = std::make_shared<kube::Fence>(clock);
    REQUIRE(term->extend(clock.steadyNow() + std::chrono::seconds{10}));
    PostgresLedger deposed{Access::ReadWrite, term};
    Chain chain = readChain(deposed);
    chain.append({hour(0)});
    REQUIRE(deposed.commit(chain));
    clock.advance(std::chrono::seconds{10});
    chain.append({hour(1)});
    CHECK(deposed.commit(chain).error().isCancelled());
    CHECK(deposed.keepStatement({"main", "2026-11"}, "the statement").error().isCancelled());
    CHECK(term->drain(Duration{0}));  // what was refused is not under way
    CHECK(readChain(*openStore()).size() == 1);
    CHECK(openStore()->statements("main")->empty());

    asAdministrator("DROP SCHEMA bursar CASCADE");
    CHECK(PostgresLedger(Access::ReadWrite, term).policies().error().isCancelled());
    CHECK(valueOf("SELECT to_regnamespace('bursar') IS NULL") == "t");
    const auto next = openStore();
    Chain fresh = readChain(*next);
    fresh.append({hour(0)});
    CHECK(next->commit(fresh));
}

TEST_CASE("a missing server is Unavailable, with a message of one line") {
    const Variable nowhere{"PGHOST", "/nonexistent"};
    const auto answer = openStore()->read("main");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::Unavailable);
    CHECK_THAT(answer.error().message, Contains("cannot be reached") && !Contains("\n"));
}

TEST_CASE("every wait is bounded") {
    emptyStore();
    const auto ledger = openStore();
    Chain chain = readChain(*ledger);
    asAdministrator(
        "CREATE FUNCTION bursar.settings() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION "
        "'% % %', current_setting('statement_timeout'), current_setting('lock_timeout'), "
        "current_setting('idle_in_transaction_session_timeout'); END$$; CREATE TRIGGER settings BEFORE "
        "INSERT ON bursar.record EXECUTE FUNCTION bursar.settings()");
    chain.append({hour(0)});
    CHECK_THAT(ledger->commit(chain).error().message, Contains("1min 10s 1min"));
}

TEST_CASE("ledger verify names the record of a row that was changed by hand") {
    emptyStore();
    recordAll(*openStore());
    REQUIRE(verify().exitCode == 0);
    const std::pair<const char*, const char*> changes[] = {
        {"UPDATE bursar.record SET line = replace(line, '100 80 101', '100 80 1') WHERE kind = 'windows' AND seq = 2",
         "main: record 2 is broken"},
        {"DELETE FROM bursar.record WHERE kind = 'windows' AND seq = 2", "main: record 3 is broken"},
        {"DELETE FROM bursar.record WHERE kind = 'windows' AND seq = 3", "main: record 3 is broken"},
        {"UPDATE bursar.record SET line = replace(line, '900', '9') WHERE kind = 'metering' AND seq = 2",
         "main: metered days: record 2 is broken"},
        {"DELETE FROM bursar.record WHERE kind = 'metering' AND seq = 2", "main: metered days: record 3 is broken"},
        {"UPDATE bursar.record SET seq = 12 WHERE kind = 'metering' AND seq = 2", "metered days: record 3 is broken"},
        {"UPDATE bursar.chain SET tip_hash = repeat('0', 64)", "is broken"},
        {"DELETE FROM bursar.record WHERE kind = 'windows'", "main: record 1 is broken"}};
    for (const auto& [change, named] : changes) {
        emptyStore();
        recordAll(*openStore());
        tamper("bursar.record", change);
        const cli::Answer answer = verify();
        CHECK(answer.exitCode == 2);
        CHECK_THAT(answer.err, Contains(named));
    }
}

TEST_CASE("ledger verify names a statement that was changed or removed by hand") {
    for (const char* change : {"UPDATE bursar.statement SET body = 'another'", "DELETE FROM bursar.statement"}) {
        emptyStore();
        recordAll(*openStore());
        tamper("bursar.statement", change);
        const cli::Answer answer = verify();
        CHECK(answer.exitCode == 2);
        CHECK_THAT(answer.err, Contains("main: statement 2026-11 is broken"));
    }
}

TEST_CASE("the database refuses to change statements and to update records") {
    emptyStore();
    recordAll(*openStore());
    for (const char* sql :
         {"UPDATE bursar.statement SET body = 'another'", "DELETE FROM bursar.statement", "TRUNCATE bursar.statement",
          "UPDATE bursar.record SET line = ''", "TRUNCATE bursar.record"}) {
        CHECK_THAT(refusalOf(sql), Contains("never changed"));
    }
    CHECK_THAT(refusalOf("DELETE FROM bursar.chain"), Contains("foreign key"));
    CHECK(verify().exitCode == 0);
}

TEST_CASE("names from teams and clients are bound, never part of a statement") {
    emptyStore();
    const auto ledger = openStore();
    const std::string evil = "x'); DROP SCHEMA bursar CASCADE; --";
    MeteringChain days = readMetering(*ledger, evil);
    treasury::MeteredDay day = meteredDay(kDay);
    day.teams[evil].usage[{evil, "=cmd()\"\\\n<script>"}] = {api::Tokens{1}, api::Tokens{2}, api::Tokens{3}};
    days.append(day);
    REQUIRE(ledger->commit(days));
    REQUIRE(ledger->keepStatement({evil, evil}, "body"));
    CHECK(readMetering(*openStore(), evil).tip() == days.tip());
    CHECK(*ledger->statements(evil) == std::vector{evil});
    CHECK(*ledger->policies() == std::vector{evil});
}
