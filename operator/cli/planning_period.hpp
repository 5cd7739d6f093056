// Planning periods by name: `2026Q3` or `2026-09` (calendar, UTC).
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "controllers/api/allocation_policy.hpp"
#include "operator/base/instant.hpp"

namespace bursar::cli {

struct PlanningPeriod {
    api::Period kind = api::Period::Month;
    int year = 1970;
    int number = 1;  // of the month, 1 … 12, or of the quarter, 1 … 4

    // Start inclusive, end exclusive.
    [[nodiscard]] Instant start() const;
    [[nodiscard]] Instant end() const;
    [[nodiscard]] std::string toString() const;
    auto operator<=>(const PlanningPeriod&) const = default;
};

// Years 1970 … 9999; nothing on anything that is not a period's name.
std::optional<PlanningPeriod> parsePlanningPeriod(std::string_view name);

// The period that ended last, at `at` or before.
PlanningPeriod lastClosedPeriod(api::Period kind, Instant at);

}  // namespace bursar::cli
