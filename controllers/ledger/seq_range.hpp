// The numbers that a record may have. Bursar wrote no others, and never continues from one.
#pragma once

#include <cstdint>

#include "controllers/ledger/stored_chain.hpp"

namespace bursar::ledger {

// From 0 to 2^62, further than any chain counts.
bool isSeq(std::int64_t seq);

// Internal where a chain cannot go on from there; the message says what to do.
Result<void> checkBegin(const Link& begin);

}  // namespace bursar::ledger
