// Differences and shares of whole numbers, for people. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace bursar::cli {

// `+1,000`, `−1,000`, `0`.
std::string changeText(std::int64_t value);

// `part` of `whole` in percent, rounded down; 0 where the whole is not positive.
std::int64_t percentOfWhole(std::int64_t part, std::int64_t whole);

}  // namespace bursar::cli
