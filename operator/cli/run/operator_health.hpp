// What /healthz and /readyz of the operator say. Thread-safe.
#pragma once

#include "controllers/reconcile/reconciler.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::cli {

// A treasurer that has not come round for this long hangs. A slow API server does not make it: a leader that waits for
// one is deposed long before.
inline constexpr Duration kLongestTurn = std::chrono::minutes{5};

class OperatorHealth {
  public:
    explicit OperatorHealth(const Clock& clock) : clock_(clock) {}

    // The treasurer of the replica that leads; null while it is a candidate, which is live, and ready to take over.
    void follow(const reconcile::Reconciler* treasurer);
    Result<void> live() const;
    Result<void> ready() const;

  private:
    const Clock& clock_;

    mutable Mutex mutex_;
    const reconcile::Reconciler* treasurer_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace bursar::cli
