// Moving a ledger from one store to another.
#pragma once

#include <string>

#include "controllers/ledger/ledger.hpp"

namespace bursar::ledger {

// Verifies and copies both chains of a policy and its statements, byte for byte. Skips what `to` has, so an interrupted
// copy is simply repeated. Conflict if `to` holds another record of the policy; its chains then stay as they are. The
// caller must make sure that no operator writes to `from` meanwhile.
Result<void> copyPolicy(Ledger& from, Ledger& to, const std::string& policy);

}  // namespace bursar::ledger
