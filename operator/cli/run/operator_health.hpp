// The answers of /healthz and /readyz of the operator. Thread-safe.
#pragma once

#include "controllers/reconcile/reconciler.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::cli {

// A reconcile loop whose pass takes this long hangs. A slow API server is not the cause: a leader that waits for one
// loses its lease long before.
inline constexpr Duration kLongestPass = std::chrono::minutes{5};

class OperatorHealth {
  public:
    explicit OperatorHealth(const Clock& clock) : clock_(clock) {}

    // The reconciler of the replica that leads; null while this replica is a candidate, which is live, and ready to
    // take over.
    void follow(const reconcile::Reconciler* reconciler);
    Result<void> live() const;
    Result<void> ready() const;

  private:
    const Clock& clock_;

    mutable Mutex mutex_;
    const reconcile::Reconciler* reconciler_ GUARDED_BY(mutex_) = nullptr;
};

}  // namespace bursar::cli
