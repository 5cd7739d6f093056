#include "controllers/ledger/postgres_schema.hpp"

#include <fmt/format.h>

#include "controllers/ledger/embedded_migrations.hpp"

namespace bursar::ledger {
namespace {

// The key of the advisory lock: `bursar` in ASCII.
constexpr std::int64_t kMigrationLock = 0x627572736172;

int newestVersion() { return static_cast<int>(embeddedMigrations().size()); }

// 0 if there is no ledger yet.
int versionOf(pqxx::transaction_base& transaction) {
    if (transaction.exec1("SELECT to_regclass('bursar.schema_version') IS NULL")[0].as<bool>()) return 0;
    return transaction.exec1("SELECT coalesce(max(version), 0) FROM bursar.schema_version")[0].as<int>();
}

Error tooNew(int version) {
    return makeError(ErrorCode::InvalidArgument,
                     fmt::format("the ledger in PostgreSQL is of version {}, this bursar knows versions up to {}; use "
                                 "the newer bursar that migrated it",
                                 version, newestVersion()));
}

}  // namespace

Result<void> migrate(pqxx::transaction_base& transaction) {
    transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kMigrationLock);
    const int present = versionOf(transaction);
    if (present > newestVersion()) return tooNew(present);
    if (present == newestVersion()) return {};
    const auto encoding = transaction.exec1("SHOW server_encoding")[0].as<std::string>();
    if (encoding != "UTF8") {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("the database's encoding is {}, in which names may not be kept as they are; make "
                                     "one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
                                     encoding));
    }
    // CREATE SCHEMA IF NOT EXISTS requires the right to create even if the schema exists.
    if (transaction.exec1("SELECT to_regnamespace('bursar') IS NULL")[0].as<bool>()) {
        transaction.exec0("CREATE SCHEMA bursar");
    }
    for (int version = present + 1; version <= newestVersion(); ++version) {
        transaction.exec(std::string{embeddedMigrations()[static_cast<std::size_t>(version - 1)].second});
        transaction.exec_params0("INSERT INTO bursar.schema_version (version) VALUES ($1)", version);
    }
    return {};
}

Result<void> checkVersion(pqxx::transaction_base& transaction) {
    const int present = versionOf(transaction);
    if (present > newestVersion()) return tooNew(present);
    if (present < newestVersion()) {
        const char* what = present == 0 ? "there is no ledger in this database" : "the ledger is of an older version";
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("PostgreSQL: {} ({}, this bursar needs {}); the operator of this version makes it "
                                     "when it starts with --ledger postgresql",
                                     what, present, newestVersion()));
    }
    return {};
}

}  // namespace bursar::ledger
