// Planning periods (calendar, UTC) and their names: `2026Q3` or `2026-09`. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

struct PlanningPeriod {
    api::Period kind = api::Period::Month;
    int year = 1970;
    int number = 1;  // of the month, 1 … 12, or of the quarter, 1 … 4

    [[nodiscard]] TimeWindow span() const;
    [[nodiscard]] std::string toString() const;
    auto operator<=>(const PlanningPeriod&) const = default;
};

// Years 1970 … 9999; nothing for any other text.
std::optional<PlanningPeriod> parsePlanningPeriod(std::string_view name);

// The period that contains `at`.
PlanningPeriod periodAt(Instant at, api::Period kind);

// The last period that ended at `at` or earlier.
PlanningPeriod lastClosedPeriod(api::Period kind, Instant at);

}  // namespace bursar::treasury
