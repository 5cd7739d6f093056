#include "controllers/ledger/copy_ledger.hpp"

#include <fmt/format.h>

namespace bursar::ledger {
namespace {

Error another(std::string_view what) {
    return makeError(
        ErrorCode::Conflict,
        fmt::format("the ledger to copy to holds other {} of this policy; copy to one that is empty", what));
}

// True if `chain` must still be copied.
Result<bool> isMissing(const StoredChain& chain, const StoredChain& present, const char* what) {
    if (present.tip() == chain.tip() && present.begin() == chain.begin()) return false;
    if (present.tip() != Link{}) return another(what);
    return true;
}

Result<void> copyStatements(Ledger& from, Ledger& to, const std::string& policy) {
    const auto periods = from.statements(policy);
    if (!periods) return periods.error();
    for (const std::string& period : *periods) {
        const auto body = from.statement({policy, period});
        if (!body) return body.error();
        auto kept = to.keepStatement({policy, period}, *body);
        if (kept) continue;
        if (!kept.error().isAlreadyExists()) return kept;
        const auto present = to.statement({policy, period});
        if (!present) return present.error();
        if (*present != *body) return another(fmt::format("bytes in statement {}", period));
    }
    return {};
}

}  // namespace

Result<void> copyPolicy(Ledger& from, Ledger& to, const std::string& policy) {
    const auto windows = from.read(policy);
    if (!windows) return windows.error();
    const auto days = from.readMetering(policy);
    if (!days) return days.error();
    const auto presentWindows = to.read(policy);
    if (!presentWindows) return presentWindows.error();
    const auto presentDays = to.readMetering(policy);
    if (!presentDays) return presentDays.error();
    const auto copyWindows = isMissing(*windows, *presentWindows, "closed windows");
    if (!copyWindows) return copyWindows.error();
    const auto copyDays = isMissing(*days, *presentDays, "metered days");
    if (!copyDays) return copyDays.error();
    // The same order as closing a period: first the statements, then the chain that records them.
    if (auto copied = copyStatements(from, to, policy); !copied) return copied;
    if (*copyWindows) {
        if (auto copied = to.commit(*windows); !copied) return copied;
    }
    if (*copyDays) return to.commit(*days);
    return {};
}

}  // namespace bursar::ledger
