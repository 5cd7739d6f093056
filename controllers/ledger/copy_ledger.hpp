// Moving a ledger from one store to another.
#pragma once

#include <string>

#include "controllers/ledger/ledger.hpp"

namespace bursar::ledger {

// Copies both chains of a policy and its statements, as they are: verified when they are read, with the same hashes.
// What is there already is passed over, so a copy that was cut off is repeated. Conflict where `to` holds another record
// of the policy; its chains are not changed then. While it runs nobody may write to `from`: the operator is stopped.
Result<void> copyPolicy(Ledger& from, Ledger& to, const std::string& policy);

}  // namespace bursar::ledger
