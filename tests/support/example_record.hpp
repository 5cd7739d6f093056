// The record of two policies over two closed periods, with the same content on every machine.
//
// tests/golden/records-v0 holds it as version 0 of the stored form wrote it; later builds must read and continue it.
#pragma once

#include "controllers/ledger/ledger.hpp"

namespace bursar::testing {

// Sizes at which the example needs several ConfigMaps for a chain and for a statement.
inline constexpr std::size_t kExampleHeadBytes = 4000;
inline constexpr std::size_t kExamplePartBytes = 3000;

// Writes the record into an empty ledger, in many commits: windows at all levels of folding, a gap, metered days with a
// loan and reserves, and the statements of two months, of which the second corrects the first.
void writeExampleRecord(ledger::Ledger& ledger);

// Fails the test unless the ledger verifies and holds what writeExampleRecord() writes. Compares content, not bytes.
void checkExampleRecord(ledger::Ledger& ledger);

// Records the time until the end of the next month and closes it, as an operator would that starts on this ledger.
// Fails the test unless the ledger verifies afterwards and kept every earlier statement.
void continueExampleRecord(ledger::Ledger& ledger);

}  // namespace bursar::testing
