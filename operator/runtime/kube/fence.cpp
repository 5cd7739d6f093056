#include "operator/runtime/kube/fence.hpp"

namespace bursar::kube {

bool Fence::isOpenLocked() const { return !closed_ && deadline_ && clock_.steadyNow() < *deadline_; }

bool Fence::extend(TimePoint deadline) {
    const MutexLock lock{mutex_};
    // Another replica may have led since, so a term that ended cannot be continued.
    if (deadline_ && !isOpenLocked()) closed_ = true;
    if (closed_) return false;
    deadline_ = deadline;
    return isOpenLocked();
}

void Fence::close() {
    const MutexLock lock{mutex_};
    closed_ = true;
}

Result<Fence::Permit> Fence::enter() {
    const MutexLock lock{mutex_};
    if (!isOpenLocked()) {
        return makeError(ErrorCode::Cancelled, "not written: this replica does not lead, and only the leader writes");
    }
    ++inside_;
    return Permit{this};
}

bool Fence::isOpen() const {
    const MutexLock lock{mutex_};
    return isOpenLocked();
}

std::optional<Fence::TimePoint> Fence::deadline() const {
    const MutexLock lock{mutex_};
    if (!isOpenLocked()) return std::nullopt;
    return deadline_;
}

bool Fence::drain(Duration most) {
    MutexLock lock{mutex_};
    return left_.wait_for(lock, most, [this]() REQUIRES(mutex_) { return inside_ == 0; });
}

void Fence::leave() {
    const MutexLock lock{mutex_};
    --inside_;
    left_.notify_all();
}

}  // namespace bursar::kube
