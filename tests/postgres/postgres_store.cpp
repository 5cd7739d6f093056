// The cases every store must pass, on the ledger in PostgreSQL.
#include "controllers/ledger/postgres_ledger.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/ledger_cases.hpp"

namespace bursar::testing {

// The operator has made its tables; there is nothing in them.
void emptyStore() {
    asAdministrator("DROP SCHEMA IF EXISTS bursar CASCADE");
    REQUIRE(openStore()->policies());
}

std::unique_ptr<ledger::Ledger> openStore() {
    return std::make_unique<ledger::PostgresLedger>(ledger::Access::ReadWrite);
}

}  // namespace bursar::testing
