// The ledger's tables in PostgreSQL and their versions: schema `bursar`, numbered migrations.
#pragma once

#include <pqxx/pqxx>

#include "operator/runtime/base/result.hpp"

namespace bursar::ledger {

// Brings the database to this build's version: runs all missing migrations in the caller's transaction. Of several
// processes one migrates while the others wait. InvalidArgument if the database is of a newer version or cannot hold
// UTF-8.
Result<void> migrate(pqxx::transaction_base& transaction);

// InvalidArgument unless the database is of this build's version.
Result<void> checkVersion(pqxx::transaction_base& transaction);

}  // namespace bursar::ledger
