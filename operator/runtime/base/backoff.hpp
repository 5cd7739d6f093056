// When something that failed is tried again: exponential backoff of one thing that has no queue. Pure; one owner.
#pragma once

#include <algorithm>
#include <chrono>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

struct BackoffPolicy {
    std::chrono::milliseconds first{100};
    std::chrono::milliseconds most{60'000};
};

struct Attempts {
    using TimePoint = std::chrono::steady_clock::time_point;

    TimePoint next{};   // the epoch: at once
    Duration delay{0};  // 0: nothing failed

    [[nodiscard]] bool isDue(TimePoint now) const { return next <= now; }
    // Twice as long as the last time, within the bounds, and not before `asked`.
    void backOff(TimePoint now, const BackoffPolicy& bounds, Duration asked = Duration{0}) {
        delay = std::clamp<Duration>(2 * delay, bounds.first, bounds.most);
        next = now + std::max(delay, asked);
    }
};

}  // namespace bursar
