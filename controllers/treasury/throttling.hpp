// When a period says nothing of a team's forecast.
#pragma once

namespace bursar::treasury {

// From this share of windows with refused tokens on a period does not count: the team's use was held down.
inline constexpr int kThrottledPercent = 10;

}  // namespace bursar::treasury
