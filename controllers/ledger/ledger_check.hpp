// Whether what a ledger keeps of a policy is what was written: both chains, and every statement that was closed.
#pragma once

#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"

namespace bursar::ledger {

// A sentence each; of a chain that is broken the first broken record.
struct LedgerCheck {
    std::vector<std::string> whole;
    std::vector<std::string> notes;  // worth knowing, and not wrong
    // Internal where something is broken, else why it cannot be read.
    std::vector<Error> problems;
};

// A closed statement is held by the SHA-256 of its bytes on the metering chain; one that is gone is broken, too. Where
// that chain cannot be read, statements cannot be checked, which is a note.
LedgerCheck checkPolicy(Ledger& ledger, const std::string& policy);

}  // namespace bursar::ledger
