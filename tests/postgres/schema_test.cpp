// The schema: its versions, the rights a role needs, and finance's views, which say what the chain says.
#include <thread>

#include "controllers/ledger/embedded_migrations.hpp"
#include "controllers/ledger/postgres_ledger.hpp"
#include "controllers/ledger/postgres_session.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/metered_days.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using Catch::Matchers::Contains;
using std::chrono::hours;

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

// By `day team cost-centre pool model type`.
using Usage = std::map<std::string, std::int64_t>;

Usage usageOf(const MeteringChain& chain) {
    Usage usage;
    chain.forEachDay({Instant::min(), Instant::max()}, [&](const treasury::MeteredRows& rows) {
        const treasury::MeteredDay day = treasury::dayOf(rows);
        for (const auto& [name, team] : day.teams) {
            for (const auto& [model, counts] : team.usage) {
                for (const api::TokenType type : api::kTokenTypes) {
                    if (counts.of(type).value() == 0) continue;
                    usage[formatInstant(day.day).substr(0, 10) + "|" + name + "|" + team.costCenter + "|" + model.pool +
                          "|" + model.model + "|" + std::string{toString(type)}] += counts.of(type).value();
                }
            }
        }
    });
    return usage;
}

Usage usageInView(const std::string& policy) {
    Usage usage;
    const auto rows = asAdministrator(
        "SELECT concat_ws('|', day, team, cost_center, pool, model, token_type) AS key, tokens FROM bursar.usage "
        "WHERE policy = '" +
        policy + "'");
    for (const auto& row : rows) usage[row["key"].as<std::string>()] += row["tokens"].as<std::int64_t>();
    return usage;
}

}  // namespace

TEST_CASE("several processes create the schema once") {
    dropSchema();
    {
        std::vector<std::jthread> processes;
        for (int i = 0; i < 4; ++i) processes.emplace_back([] { (void)openStore()->policies(); });
    }
    CHECK(appliedVersions() == everyVersion());
    REQUIRE(openStore()->policies());  // already migrated
    CHECK(appliedVersions() == everyVersion());
}

TEST_CASE("a ledger of the first version is migrated and keeps its records") {
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

TEST_CASE("a failed migration leaves the version before") {
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

TEST_CASE("reading creates no tables, and says that the operator does") {
    dropSchema();
    CHECK_THAT(readingSays(), Contains("there is no ledger in this database") && Contains("--ledger postgresql"));
    CHECK(valueOf("SELECT to_regnamespace('bursar') IS NULL") == "t");
}

TEST_CASE("a database that cannot hold every name is refused before a table is created") {
    pqxx::connection connection;
    pqxx::nontransaction{connection}.exec("DROP DATABASE IF EXISTS narrow");
    pqxx::nontransaction{connection}.exec("CREATE DATABASE narrow ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
    const Variable narrow{"PGDATABASE", "narrow"};
    CHECK_THAT(openStore()->policies().error().message, Contains("LATIN1") && Contains("ENCODING 'UTF8'"));
    CHECK(valueOf("SELECT to_regnamespace('bursar') IS NULL") == "t");
}

TEST_CASE("the error for a role without rights says what to do; an auditor and finance only need to read") {
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

TEST_CASE("errors of the server map to ours") {
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

TEST_CASE("bursar.usage is the chain's usage, to the token, slices and odd names included") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    chain.begin(kDay);
    chain.append(meteredDay(kDay, 900, 3000, 4));  // too much for one record
    treasury::MeteredDay odd = meteredDay(kDay + hours{24}, 0, 2, 1);
    odd.teams["=cmd() \"quoted\" \\u0000 <b>"].usage[{"ch'at", "größe\n/\\"}] = {api::Tokens{9'000'000'000'000'000},
                                                                                 api::Tokens{0}, api::Tokens{1}};
    odd.teams["idle"].costCenter = "CC-9";
    chain.append(odd);
    chain.close({"2026-11", std::string(64, 'a')});
    REQUIRE(ledger->commit(chain));
    MeteringChain other = readMetering(*ledger, "other");
    other.append(meteredDay(kDay, 5));
    REQUIRE(ledger->commit(other));
    REQUIRE(chain.size() > 5);
    CHECK(usageInView("main").size() > 3 * 4 * 3000 - 1);
    CHECK((usageInView("main") == usageOf(chain)));
    CHECK((usageInView("other") == usageOf(other)));
}

TEST_CASE("a NUL in a model's name does not break the view for other rows") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    treasury::MeteredDay day = meteredDay(kDay, 900);
    const std::string nul{"a\0b", 3};
    day.teams["team-0"].usage[{"chat", nul}] = {api::Tokens{7}, api::Tokens{0}, api::Tokens{0}};
    day.teams["team-0"].usage[{"chat", "c\\u0000d"}] = {api::Tokens{8}, api::Tokens{0}, api::Tokens{0}};
    chain.append(day);
    REQUIRE(ledger->commit(chain));
    CHECK(valueOf("SELECT sum(tokens) FROM bursar.usage") == std::to_string(900 + 100 + 400 + 7 + 8));
    CHECK(valueOf("SELECT model FROM bursar.usage WHERE tokens = 7") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(valueOf("SELECT model FROM bursar.usage WHERE tokens = 8") == "c\\u0000d");
    CHECK(readMetering(*openStore()).tip() == chain.tip());  // the record itself is unchanged
}

TEST_CASE("bursar.usage_gap says where tokens may be missing") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    treasury::MeteredDay day = meteredDay(kDay);
    day.gaps.push_back({kDay + hours{3}, kDay + hours{4}, "Prometheus was down"});
    chain.append(day);
    chain.append(meteredDay(kDay + hours{24}));
    REQUIRE(ledger->commit(chain));
    CHECK(valueOf("SELECT count(*) FROM bursar.usage_gap") == "1");
    CHECK(valueOf("SELECT concat_ws('|', policy, day, ends_at - starts_at, reason) FROM bursar.usage_gap") ==
          "main|2026-11-24|01:00:00|Prometheus was down");
}

TEST_CASE("bursar.statement_line is the closed statement, line by line and to the cent") {
    emptyStore();
    const auto ledger = openStore();
    treasury::Statement statement;
    statement.policy = "main";
    statement.period = *treasury::parsePlanningPeriod("2026Q3");
    statement.currency = "EUR";
    statement.closed = true;
    statement.issuedAt = kDay;
    statement.meteredUntil = kDay;
    const treasury::TimeWindow span{kDay, kDay + hours{24}};
    using treasury::LineKind;
    statement.lines = {
        {LineKind::Usage, "CC-1", "=cmd()\"\n", "chat", std::string{"a\0b", 3}, api::TokenType::CachedInput, span,
         1'234'567, api::Price{75'000'000}, 9, ""},
        {LineKind::Correction, "CC-1", "ads", "chat", "m", api::TokenType::Output, span, -5, std::nullopt, -1'234'50,
         "taken back"},
        {LineKind::IdleShare, "CC-2", "", "chat", "", std::nullopt, span, 7, std::nullopt, 100'00, "idle"}};
    statement.unpricedModels = {"m"};
    REQUIRE(ledger->keepStatement({"main", "2026Q3"}, bodyOf(statement)));
    const auto total = treasury::totalOf(statement);
    CHECK(valueOf("SELECT sum(amount) FROM bursar.statement_line") == api::formatMoney(total.amount, 2));
    CHECK(valueOf("SELECT concat_ws('|', policy, period, currency, kind, cost_center, model, token_type, starts_on, "
                  "ends_before, tokens, price_per_million, amount) FROM bursar.statement_line WHERE line = 1") ==
          "main|2026Q3|EUR|Usage|CC-1|a\xEF\xBF\xBD"
          "b|cached_input|2026-11-24|2026-11-25|1234567|0.075|0.09");
    CHECK(valueOf("SELECT concat_ws('|', kind, team, tokens, amount, note, price_per_million IS NULL) FROM "
                  "bursar.statement_line WHERE line = 2") == "Correction|ads|-5|-1234.50|taken back|t");
    CHECK(valueOf("SELECT token_type IS NULL FROM bursar.statement_line WHERE kind = 'IdleShare'") == "t");
    CHECK(valueOf("SELECT string_agg(model, ' ') FROM bursar.statement_unpriced") == "m");
}
