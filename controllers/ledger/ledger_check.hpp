// Verifies the stored record of a policy: both chains, and every closed statement.
#pragma once

#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"

namespace bursar::ledger {

// One sentence per finding; for a broken chain, its first broken record.
struct LedgerCheck {
    std::vector<std::string> whole;
    std::vector<std::string> notes;  // unusual, but not broken
    // Internal for broken content; otherwise the error of reading it.
    std::vector<Error> problems;
};

// A closed statement must match its SHA-256 on the metering chain; a missing one is broken. If that chain cannot be
// read, statements are not checked, which is a note.
LedgerCheck checkPolicy(Ledger& ledger, const std::string& policy);

}  // namespace bursar::ledger
