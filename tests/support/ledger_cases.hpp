// The test cases of ledger_cases.cpp, which every store of the ledger must pass: each store has a suite that links
// them. Such a suite defines the first two functions.
#pragma once

#include <memory>

#include "controllers/ledger/ledger.hpp"

namespace bursar::testing {

// Deletes everything that is stored.
void emptyStore();

// A ledger on the store as another process would open it.
std::unique_ptr<ledger::Ledger> openStore();

// The chain, or a failure of the test.
ledger::Chain readChain(ledger::Ledger& ledger, const std::string& policy = "main");
ledger::MeteringChain readMetering(ledger::Ledger& ledger, const std::string& policy = "main");

}  // namespace bursar::testing
