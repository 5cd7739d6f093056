// The gate for every write of a replica: open while the replica leads, and closed by time alone when its term ends.
//
// Flow: the leader extends the term at each renewal; a client with a fence enters it each time it sends a write
// (client.hpp). Guarantees: the term is measured on this machine's steady clock, so a process that was stopped or is
// cut off from the API server is refused without any message. A closed fence never opens again. Caveat: a write that
// was sent in time may be stored later; see docs/adr/0019. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <optional>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::kube {

class Fence {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Leave {
        void operator()(Fence* fence) const { fence->leave(); }
    };
    // A write in progress; it ends when the permit is destroyed.
    using Permit = std::unique_ptr<Fence, Leave>;

    explicit Fence(const Clock& clock) : clock_(clock) {}

    // Extends the term to `deadline`; the first call opens the gate. False if the term is over already.
    bool extend(TimePoint deadline);
    void close();
    // Cancelled unless the gate is open.
    Result<Permit> enter();
    [[nodiscard]] bool isOpen() const;
    // When the gate closes by itself; empty unless it is open.
    [[nodiscard]] std::optional<TimePoint> deadline() const;
    // Waits until no write is in progress, at most `most`. True if none is.
    bool drain(Duration most);

  private:
    void leave();
    bool isOpenLocked() const REQUIRES(mutex_);

    const Clock& clock_;

    mutable Mutex mutex_;
    std::condition_variable_any left_;
    std::optional<TimePoint> deadline_ GUARDED_BY(mutex_);
    bool closed_ GUARDED_BY(mutex_) = false;
    int inside_ GUARDED_BY(mutex_) = 0;  // writes in progress
};

}  // namespace bursar::kube
