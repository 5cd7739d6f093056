#include "operator/cli/run/operator_health.hpp"

#include <fmt/format.h>

namespace bursar::cli {

void OperatorHealth::follow(const reconcile::Reconciler* treasurer) {
    const MutexLock lock{mutex_};
    treasurer_ = treasurer;
}

Result<void> OperatorHealth::live() const {
    const MutexLock lock{mutex_};
    if (treasurer_ == nullptr) return {};
    const auto since = clock_.steadyNow() - treasurer_->turned();
    if (since < kLongestTurn) return {};
    return makeError(ErrorCode::Internal, fmt::format("the treasurer has not come round for {} s",
                                                      std::chrono::duration_cast<std::chrono::seconds>(since).count()));
}

Result<void> OperatorHealth::ready() const {
    const MutexLock lock{mutex_};
    if (treasurer_ == nullptr || treasurer_->isReady()) return {};
    return makeError(ErrorCode::Unavailable, "the first decision is not published yet");
}

}  // namespace bursar::cli
