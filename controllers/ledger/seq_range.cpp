#include "controllers/ledger/seq_range.hpp"

#include <fmt/format.h>

namespace bursar::ledger {
namespace {

constexpr std::int64_t kLargestSeq = std::int64_t{1} << 62;

}  // namespace

bool isSeq(std::int64_t seq) { return seq >= 0 && seq <= kLargestSeq; }

Result<void> checkBegin(const Link& begin) {
    if (isSeq(begin.seq)) return {};
    return makeError(
        ErrorCode::Internal,
        fmt::format("the chain is broken: it says that it begins after record {}, and no chain has that many; "
                    "restore it from a backup",
                    begin.seq));
}

}  // namespace bursar::ledger
