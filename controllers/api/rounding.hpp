// Rounding and addition of amounts of money. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "controllers/api/tokens.hpp"

namespace bursar::api {

// dividend / divisor, rounded half to even. `dividend` ≥ 0, `divisor` > 0. Saturates at the 64-bit range.
inline std::int64_t dividedHalfEven(Wide dividend, Wide divisor) {
    Wide rounded = dividend / divisor;
    const Wide twice = 2 * (dividend % divisor);
    if (twice > divisor || (twice == divisor && rounded % 2 != 0)) rounded += 1;
    return static_cast<std::int64_t>(std::min(rounded, static_cast<Wide>(INT64_MAX)));
}

// Saturates, as costOf() does.
inline void addSaturating(std::int64_t& sum, std::int64_t more) {
    if (__builtin_add_overflow(sum, more, &sum)) sum = more < 0 ? INT64_MIN : INT64_MAX;
}

}  // namespace bursar::api
