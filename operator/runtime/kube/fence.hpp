// The gate every write of a replica goes through: open while it leads, and by time alone not a moment longer.
//
// Flow: whoever is elected extends the term at each renewal; a client that was made with a fence asks it right before
// it sends a write, also before it sends one again (client.hpp). Guarantees: the term is measured on this machine's
// steady clock, so that a process that was stopped, or is cut off from the API server, is refused without anybody
// telling it. What has closed never opens again. Caveat: a write that was sent in time may be stored later; see
// docs/adr/0019. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::kube {

class Fence {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Leave {
        void operator()(Fence* fence) const { fence->leave(); }
    };
    // A write that is under way; it is over when this is destroyed.
    using Permit = std::unique_ptr<Fence, Leave>;

    explicit Fence(const Clock& clock) : clock_(clock) {}

    // The term goes on until `deadline`; the first call opens the gate. False where the term is over already.
    bool extend(TimePoint deadline);
    void close();
    // Cancelled while the gate is not open.
    Result<Permit> enter();
    [[nodiscard]] bool isOpen() const;
    // When the gate closes by itself; nothing while it is not open.
    [[nodiscard]] std::optional<TimePoint> deadline() const;
    // Waits until no write is under way, `most` at the longest. True where none is.
    bool drain(Duration most);

  private:
    void leave();
    bool isOpenLocked() const;

    const Clock& clock_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable left_;
    std::optional<TimePoint> deadline_;
    bool closed_ = false;
    int inside_ = 0;
};

}  // namespace bursar::kube
