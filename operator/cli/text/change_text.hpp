// Differences of whole numbers, for people.
#pragma once

#include <cstdint>
#include <string>

namespace bursar::cli {

// `+1,000`, `−1,000`, `0`.
std::string changeText(std::int64_t value);

}  // namespace bursar::cli
