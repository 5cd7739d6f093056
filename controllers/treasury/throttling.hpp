// When a closed period says nothing about a team's forecast.
#pragma once

namespace bursar::treasury {

// Share of windows with refused tokens from which a period does not count: the team may have used less than it needed.
inline constexpr int kThrottledPercent = 10;

// `throttledPercent`: the share of windows with refused tokens, rounded down.
constexpr bool isThrottled(int throttledPercent) { return throttledPercent >= kThrottledPercent; }

}  // namespace bursar::treasury
