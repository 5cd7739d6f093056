#include "controllers/treasury/planning_period.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/base/ascii.hpp"

namespace bursar::treasury {
namespace {

using std::chrono::year_month;

int monthsIn(api::Period kind) { return kind == api::Period::Quarter ? 3 : 1; }

Instant firstOf(year_month month) { return Instant{std::chrono::sys_days{month / 1}}; }

// Digits only: a sign or a blank is not part of a number here.
std::optional<int> digits(std::string_view text) {
    const bool all = std::all_of(text.begin(), text.end(), isDigit);
    if (!all || text.empty()) return std::nullopt;
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

TimeWindow PlanningPeriod::span() const {
    const auto first = static_cast<unsigned>((number - 1) * monthsIn(kind) + 1);
    const year_month month = std::chrono::year{year} / std::chrono::month{first};
    return {firstOf(month), firstOf(month + std::chrono::months{monthsIn(kind)})};
}

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

PlanningPeriod periodAt(Instant at, api::Period kind) {
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(at)};
    const int month = static_cast<int>(static_cast<unsigned>(date.month()));
    return {kind, static_cast<int>(date.year()), (month - 1) / monthsIn(kind) + 1};
}

PlanningPeriod lastClosedPeriod(api::Period kind, Instant at) {
    return periodAt(periodAt(at, kind).span().start - Duration{1}, kind);
}

}  // namespace bursar::treasury
