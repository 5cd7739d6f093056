// The one source of time. Wall time is for what people and the API see; steady time is for waiting.
//
// Everything that needs the time takes a Clock&; tests give it a ManualClock and move it, never sleep.
#pragma once

#include <atomic>
#include <chrono>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

// Thread-safe: every implementation may be read from several threads.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual std::chrono::steady_clock::time_point steadyNow() const = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] std::chrono::steady_clock::time_point steadyNow() const override;
};

// A fake clock for tests and simulations: both times move only when told to, by the same amount.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Instant start) : micros_(start.time_since_epoch().count()) {}
    [[nodiscard]] Instant now() const override { return Instant{Duration{micros_.load()}}; }
    [[nodiscard]] std::chrono::steady_clock::time_point steadyNow() const override {
        return std::chrono::steady_clock::time_point{Duration{micros_.load()}};
    }
    void advance(Duration by) { micros_ += by.count(); }

  private:
    std::atomic<Duration::rep> micros_;
};

}  // namespace bursar
