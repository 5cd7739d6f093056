// The tables the ledger has in PostgreSQL, and their versions: schema `bursar`, numbered migrations.
#pragma once

#include <pqxx/pqxx>

#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

// Brings the database to this build's version, in the caller's transaction: all migrations that are missing, or none.
// Of several processes one migrates, the others wait. InvalidArgument where the database is of a newer version, or
// cannot hold UTF-8.
Result<void> migrate(pqxx::transaction_base& transaction);

// InvalidArgument unless the database is of this build's version.
Result<void> checkVersion(pqxx::transaction_base& transaction);

}  // namespace bursar::ledger
