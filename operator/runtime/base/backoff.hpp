// Exponential backoff, the one of Bursar: how long to wait before something that failed is tried again. Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

struct BackoffPolicy {
    std::chrono::milliseconds first{100};
    std::chrono::milliseconds most{60'000};

    // The pause after another failure: twice the pause `before`, within the bounds. `before` is 0 after a success.
    [[nodiscard]] Duration longerThan(Duration before) const { return std::clamp<Duration>(2 * before, first, most); }
};

// The attempts at one thing. One owner.
struct Attempts {
    using TimePoint = std::chrono::steady_clock::time_point;

    TimePoint next{};   // the epoch: at once
    Duration delay{0};  // 0: the last attempt did not fail

    [[nodiscard]] bool isDue(TimePoint now) const { return next <= now; }
    // An attempt failed at `now`. The next one is due after the longer of the backoff and `asked` (Retry-After).
    void backOff(TimePoint now, const BackoffPolicy& policy, Duration asked = Duration{0}) {
        delay = policy.longerThan(delay);
        next = now + std::max(delay, asked);
    }
};

}  // namespace bursar
