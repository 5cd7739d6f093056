#include "operator/runtime/kube/fence.hpp"

namespace bursar::kube {

bool Fence::isOpenLocked() const { return !closed_ && deadline_ && clock_.steadyNow() < *deadline_; }

bool Fence::extend(TimePoint deadline) {
    const std::lock_guard lock{mutex_};
    // Somebody else may have led since: a term that ran out is not taken up again.
    if (deadline_ && !isOpenLocked()) closed_ = true;
    if (closed_) return false;
    deadline_ = deadline;
    return isOpenLocked();
}

void Fence::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
}

Result<Fence::Permit> Fence::enter() {
    const std::lock_guard lock{mutex_};
    if (!isOpenLocked()) {
        return makeError(ErrorCode::Cancelled, "not written: this replica does not lead, and only the leader writes");
    }
    ++inside_;
    return Permit{this};
}

bool Fence::isOpen() const {
    const std::lock_guard lock{mutex_};
    return isOpenLocked();
}

std::optional<Fence::TimePoint> Fence::deadline() const {
    const std::lock_guard lock{mutex_};
    if (!isOpenLocked()) return std::nullopt;
    return deadline_;
}

bool Fence::drain(Duration most) {
    std::unique_lock lock{mutex_};
    return left_.wait_for(lock, most, [this] { return inside_ == 0; });
}

void Fence::leave() {
    const std::lock_guard lock{mutex_};
    --inside_;
    left_.notify_all();
}

}  // namespace bursar::kube
