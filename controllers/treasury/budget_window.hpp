// Budget windows, aligned to UTC as in gateways: days begin at 00:00 UTC, hours and minutes at :00.
#pragma once

#include "controllers/api/allocation_policy.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::treasury {

// Start inclusive, end exclusive, UTC.
struct TimeWindow {
    Instant start;
    Instant end;

    bool operator==(const TimeWindow&) const = default;
};

TimeWindow windowAt(Instant now, api::BudgetWindow window);

Duration lengthOf(api::BudgetWindow window);

}  // namespace bursar::treasury
