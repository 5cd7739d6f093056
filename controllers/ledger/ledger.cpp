#include "controllers/ledger/ledger.hpp"

namespace bursar::ledger {

Result<Chain> Ledger::read(const std::string& policy) {
    auto stored = readLines({ChainKind::Windows, policy});
    if (!stored) return stored.error();
    return Chain::parse(policy, std::move(*stored));
}

Result<MeteringChain> Ledger::readMetering(const std::string& policy) {
    auto stored = readLines({ChainKind::Metering, policy});
    if (!stored) return stored.error();
    return MeteringChain::parse(policy, std::move(*stored));
}

Error Ledger::notReadYet() { return makeError(ErrorCode::Conflict, "the ledger must be read before it is written"); }

Error Ledger::alreadyClosed() { return makeError(ErrorCode::AlreadyExists, "the period is closed"); }

}  // namespace bursar::ledger
