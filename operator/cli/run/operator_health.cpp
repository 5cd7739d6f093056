#include "operator/cli/run/operator_health.hpp"

#include <fmt/format.h>

namespace bursar::cli {

void OperatorHealth::follow(const reconcile::Reconciler* reconciler) {
    const MutexLock lock{mutex_};
    reconciler_ = reconciler;
}

Result<void> OperatorHealth::live() const {
    const MutexLock lock{mutex_};
    if (reconciler_ == nullptr) return {};
    const auto since = clock_.steadyNow() - reconciler_->lastPass();
    if (since < kLongestPass) return {};
    return makeError(ErrorCode::Internal, fmt::format("no reconcile for {} s",
                                                      std::chrono::duration_cast<std::chrono::seconds>(since).count()));
}

Result<void> OperatorHealth::ready() const {
    const MutexLock lock{mutex_};
    if (reconciler_ == nullptr || reconciler_->isReady()) return {};
    return makeError(ErrorCode::Unavailable, "the first decision is not published yet");
}

}  // namespace bursar::cli
