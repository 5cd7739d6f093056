// The record as version 0 of the stored form, and version 3 of the tables, has it in PostgreSQL.
#include <fmt/format.h>

#include "controllers/ledger/embedded_migrations.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/example_record.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::testing;

namespace {

const std::filesystem::path kDumpV0 = std::filesystem::path{BURSAR_GOLDEN} / "records-v0/postgresql.sql";
constexpr const char* kWrittenAt = "2026-11-03T00:00:00Z";

// The tables with their rows, as statements; only the time of writing is not the database's.
std::string dump() {
    std::string sql = "CREATE SCHEMA bursar;\n";
    int version = 0;
    for (const auto& [name, migration] : ledger::embeddedMigrations()) {
        sql += migration;
        sql += fmt::format("INSERT INTO bursar.schema_version (version, applied_at) VALUES ({}, '{}');\n", ++version,
                           kWrittenAt);
    }
    for (const std::string& query : {
             std::string{"SELECT format('INSERT INTO bursar.chain (kind, policy, version, begin_seq, begin_hash, "
                         "tip_seq, tip_hash) VALUES (%L, %L, %s, %s, %L, %s, %L);', kind, policy, version, begin_seq, "
                         "begin_hash, tip_seq, tip_hash) FROM bursar.chain ORDER BY kind, policy"},
             std::string{"SELECT format('INSERT INTO bursar.record (kind, policy, seq, hash, line) VALUES (%L, %L, %s, "
                         "%L, %L);', kind, policy, seq, hash, line) FROM bursar.record ORDER BY kind, policy, seq"},
             fmt::format("SELECT format('INSERT INTO bursar.statement (policy, period, body, kept_at) VALUES (%L, %L, "
                         "%L, ''{}'');', policy, period, body) FROM bursar.statement ORDER BY policy, period",
                         kWrittenAt),
         }) {
        for (const auto& row : asAdministrator(query)) sql += row[0].as<std::string>() + "\n";
    }
    return sql;
}

}  // namespace

TEST_CASE("a record of version 0 in PostgreSQL is read, verified and continued") {
    asAdministrator("DROP SCHEMA IF EXISTS bursar CASCADE");
    asAdministrator(readAll(kDumpV0));
    checkExampleRecord(*openStore());
    continueExampleRecord(*openStore());
    CHECK(valueOf("SELECT count(DISTINCT period) FROM bursar.statement_line") == "3");
}

TEST_CASE("writes tests/golden/records-v0/postgresql.sql", "[.write-records]") {
    emptyStore();
    writeExampleRecord(*openStore());
    std::filesystem::create_directories(kDumpV0.parent_path());
    std::ofstream{kDumpV0} << dump();
}
