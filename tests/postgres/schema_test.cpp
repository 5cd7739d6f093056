// The schema's versions, and the rights a role needs.
#include <thread>

#include "controllers/ledger/embedded_migrations.hpp"
#include "controllers/ledger/postgres_ledger.hpp"
#include "controllers/ledger/postgres_session.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using Catch::Matchers::Contains;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

std::string appliedVersions() {
    return valueOf("SELECT string_agg(version::text, ' ' ORDER BY version) FROM bursar.schema_version");
}

std::string everyVersion() {
    std::string all = "1";
    for (std::size_t version = 2; version <= embeddedMigrations().size(); ++version) {
        all += " " + std::to_string(version);
    }
    return all;
}

void dropSchema() { asAdministrator("DROP SCHEMA IF EXISTS bursar CASCADE"); }

void makeRole(const std::string& name) {
    asAdministrator("DO $$BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '" + name + "') THEN DROP OWNED BY " +
                    name + "; DROP ROLE " + name + "; END IF; END$$; CREATE ROLE " + name + " LOGIN");
}

std::string readingSays() {
    const auto read = PostgresLedger{Access::Read}.read("main");
    return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("the schema is made once, also by several processes at once") {
    dropSchema();
    {
        std::vector<std::jthread> processes;
        for (int i = 0; i < 4; ++i) processes.emplace_back([] { (void)openStore()->policies(); });
    }
    CHECK(appliedVersions() == everyVersion());
    REQUIRE(openStore()->policies());  // nothing left to do
    CHECK(appliedVersions() == everyVersion());
}

TEST_CASE("a ledger of the first version is migrated, and keeps what it holds") {
    dropSchema();
    asAdministrator("CREATE SCHEMA bursar");
    asAdministrator(std::string{embeddedMigrations()[0].second});
    asAdministrator("INSERT INTO bursar.schema_version VALUES (1)");
    Chain chain{"main"};
    chain.append({closedWindow("chat", api::BudgetWindow::Day, kDay, 7)});
    asAdministrator("INSERT INTO bursar.chain VALUES ('windows', 'main', 1, 0, repeat('0', 64), 1, '" +
                    chain.tip().hash + "'); INSERT INTO bursar.record VALUES ('windows', 'main', 1, '" +
                    chain.tip().hash + "', '" + chain.lineAt(0) + "')");
    CHECK_THAT(readingSays(), Contains("of an older version") && Contains("the operator of this version"));
    CHECK(readChain(*openStore()).tip() == chain.tip());
    CHECK(appliedVersions() == everyVersion());
    CHECK(readingSays().empty());
}

TEST_CASE("a migration that fails leaves the version before, whole") {
    dropSchema();
    asAdministrator("CREATE SCHEMA bursar");
    asAdministrator(std::string{embeddedMigrations()[0].second});
    asAdministrator("INSERT INTO bursar.schema_version VALUES (1); CREATE VIEW bursar.usage_gap AS SELECT 1");
    const auto failed = openStore()->policies();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::InvalidArgument);
    CHECK_THAT(failed.error().message, Contains("usage_gap") && Contains("already exists"));
    CHECK(appliedVersions() == "1");
    CHECK(valueOf("SELECT to_regclass('bursar.usage') IS NULL") == "t");
}

TEST_CASE("a database of a newer version is refused, by writers and by readers") {
    emptyStore();
    asAdministrator("INSERT INTO bursar.schema_version VALUES (99)");
    const auto refused = openStore()->policies();
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Contains("version 99") && Contains("use the newer bursar"));
    CHECK_THAT(readingSays(), Contains("version 99"));
}

TEST_CASE("reading makes no tables, and says who does") {
    dropSchema();
    CHECK_THAT(readingSays(), Contains("there is no ledger in this database") && Contains("--ledger postgresql"));
    CHECK(valueOf("SELECT to_regnamespace('bursar') IS NULL") == "t");
}

TEST_CASE("a database that cannot hold every name is refused before anything is made") {
    pqxx::connection connection;
    pqxx::nontransaction{connection}.exec("DROP DATABASE IF EXISTS narrow");
    pqxx::nontransaction{connection}.exec("CREATE DATABASE narrow ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
    const Variable narrow{"PGDATABASE", "narrow"};
    CHECK_THAT(openStore()->policies().error().message, Contains("LATIN1") && Contains("ENCODING 'UTF8'"));
    CHECK(valueOf("SELECT to_regnamespace('bursar') IS NULL") == "t");
}

TEST_CASE("a role without rights is told what to do; an auditor and finance need to read only") {
    emptyStore();
    makeRole("stranger");
    makeRole("auditor");
    asAdministrator("GRANT USAGE ON SCHEMA bursar TO auditor; GRANT SELECT ON ALL TABLES IN SCHEMA bursar TO auditor");
    {
        const Variable user{"PGUSER", "stranger"};
        const auto refused = openStore()->policies();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::Forbidden);
        CHECK_THAT(refused.error().message, Contains("permission denied") && Contains("docs/ledger.md"));
    }
    makeRole("finance");
    asAdministrator("GRANT USAGE ON SCHEMA bursar TO finance; GRANT SELECT ON bursar.usage TO finance");
    {
        const Variable user{"PGUSER", "finance"};
        CHECK(valueOf("SELECT count(*) FROM bursar.usage") == "0");
        CHECK_THAT(refusalOf("SELECT line FROM bursar.record"), Contains("permission denied"));
    }
    const Variable user{"PGUSER", "auditor"};
    CHECK(readingSays().empty());
    PostgresLedger ledger{Access::Read};
    Chain chain = readChain(ledger);
    chain.append({closedWindow("chat", api::BudgetWindow::Day, kDay, 7)});
    CHECK(ledger.commit(chain).error().code == ErrorCode::Forbidden);
}

TEST_CASE("what the server's errors mean to a caller") {
    CHECK(errorOf("42501", "x").code == ErrorCode::Forbidden);
    CHECK(errorOf("57014", "x").code == ErrorCode::Timeout);
    CHECK(errorOf("55P03", "x").code == ErrorCode::Timeout);
    CHECK(errorOf("40001", "x").code == ErrorCode::Conflict);
    CHECK(errorOf("23505", "x").code == ErrorCode::Conflict);
    CHECK(errorOf("53300", "x").code == ErrorCode::Unavailable);
    CHECK(errorOf("57P03", "x").code == ErrorCode::Unavailable);
    CHECK(errorOf("42P01", "x").code == ErrorCode::InvalidArgument);
    CHECK(errorOf("25006", "read-only").code == ErrorCode::Unavailable);
    CHECK_THAT(errorOf("25006", "read-only").message, Contains("primary"));
}
