// The earliest of several times at which something is due, by the wall clock or by the steady one. Pure; one owner.
//
// Wall time is kept as it is and compared when it is asked for: where the clock is set, the wait changes with it.
#pragma once

#include <algorithm>
#include <optional>

#include "operator/runtime/base/clock.hpp"

namespace bursar {

class NextTurn {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Adds a time; an absent one adds nothing.
    void at(std::optional<Instant> instant) {
        if (instant) wall_ = std::min(wall_.value_or(*instant), *instant);
    }
    void at(std::optional<TimePoint> time) {
        if (time) steady_ = std::min(steady_.value_or(*time), *time);
    }

    void merge(const NextTurn& other) {
        at(other.wall_);
        at(other.steady_);
    }

    // How long until the earliest; 0 where it is due, nothing where no time was added.
    [[nodiscard]] std::optional<Duration> wait(const Clock& clock) const {
        std::optional<Duration> left;
        if (wall_) left = *wall_ - clock.now();
        if (steady_) {
            const auto steady = std::chrono::ceil<Duration>(*steady_ - clock.steadyNow());
            left = std::min(left.value_or(steady), steady);
        }
        if (left) left = std::max(*left, Duration{0});
        return left;
    }
    [[nodiscard]] bool isDue(const Clock& clock) const { return wait(clock) == Duration{0}; }

  private:
    std::optional<Instant> wall_;
    std::optional<TimePoint> steady_;
};

}  // namespace bursar
