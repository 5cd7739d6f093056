// A statement as `statement` and `report` show it: its parts, warnings and texts. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/treasury/chargeback/statement.hpp"

namespace bursar::cli {

struct StatementReport {
    treasury::Statement statement;
    std::optional<std::string> costCenter;  // set: `statement` is its part; "": lines without a cost centre
    // Earlier closed statements, oldest first, in the same currency and of the same part: for the trend.
    std::vector<treasury::Statement> earlier;
};

// The part of one cost centre: its lines, forecasts, the loans of its teams, and all gaps. The idle reserve belongs to
// the policy and is left out; a share of it is a line. Nothing if the statement does not have the cost centre.
std::optional<treasury::Statement> partOf(const treasury::Statement& statement, const std::string& costCenter);

// The lines of one cost centre, in the order of the statement.
struct CostCenterLines {
    std::string costCenter;
    treasury::StatementTotal total;
    std::vector<const treasury::StatementLine*> usage;
    std::vector<const treasury::StatementLine*> adjustments;  // corrections and idle shares
};
// Points into `statement`.
std::vector<CostCenterLines> linesByCostCenter(const treasury::Statement& statement);

// Warnings to read before any figure: a draft, usage without a price, gaps in metering. The sentences contain untrusted
// names.
std::vector<std::string> warningsOf(const treasury::Statement& statement);

// Shown instead of an amount for usage without a price.
inline constexpr std::string_view kNotCharged = "not charged";

// `no cost centre` for the empty one.
std::string costCenterTitle(const std::string& costCenter);
// For people: `1,234.50 EUR`; the amount alone if the policy has no prices.
std::string moneyText(const treasury::Statement& statement, std::int64_t minorUnits);
// For people: the first and the last day, `2026-11-01 to 2026-11-30`, or the only one.
std::string daysText(const treasury::TimeWindow& span);
// `Correction`, `Idle reserve`.
std::string_view adjustmentTitle(treasury::LineKind kind);
// Forecast minus actual in percent of the forecast, rounded towards zero; nothing if the forecast was 0.
std::optional<std::int64_t> errorPercent(const treasury::ForecastLine& line);

}  // namespace bursar::cli
