#include "operator/cli/planning_period.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bursar::cli {
namespace {

int monthsIn(api::Period kind) { return kind == api::Period::Quarter ? 3 : 1; }

// Months since January of the year 0, so that the end of December needs no case of its own.
Instant startOfMonth(int months) {
    const std::chrono::year_month_day day{std::chrono::year{months / 12},
                                          std::chrono::month{static_cast<unsigned>(months % 12 + 1)},
                                          std::chrono::day{1}};
    return Instant{std::chrono::sys_days{day}};
}

int firstMonth(const PlanningPeriod& period) { return period.year * 12 + (period.number - 1) * monthsIn(period.kind); }

// Digits only, so that neither a sign nor a blank is read as part of a number.
std::optional<int> digits(std::string_view text) {
    const bool all = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!all || text.empty()) return std::nullopt;
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

Instant PlanningPeriod::start() const { return startOfMonth(firstMonth(*this)); }

Instant PlanningPeriod::end() const { return startOfMonth(firstMonth(*this) + monthsIn(kind)); }

std::string PlanningPeriod::toString() const {
    return kind == api::Period::Quarter ? fmt::format("{:04}Q{}", year, number)
                                        : fmt::format("{:04}-{:02}", year, number);
}

std::optional<PlanningPeriod> parsePlanningPeriod(std::string_view name) {
    const bool quarter = name.size() == 6 && name[4] == 'Q';
    if (!quarter && !(name.size() == 7 && name[4] == '-')) return std::nullopt;
    const auto year = digits(name.substr(0, 4));
    const auto number = digits(name.substr(5));
    if (!year || !number || *year < 1970 || *number < 1 || *number > (quarter ? 4 : 12)) return std::nullopt;
    return PlanningPeriod{quarter ? api::Period::Quarter : api::Period::Month, *year, *number};
}

PlanningPeriod lastClosedPeriod(api::Period kind, Instant at) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
    const int month = static_cast<int>(day.year()) * 12 + static_cast<int>(static_cast<unsigned>(day.month())) - 1;
    const int index = month / monthsIn(kind) - 1;
    const int perYear = 12 / monthsIn(kind);
    return {kind, index / perYear, index % perYear + 1};
}

}  // namespace bursar::cli
