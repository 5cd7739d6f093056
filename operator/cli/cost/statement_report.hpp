// A statement as `statement` and `report` show it: its parts, warnings and texts. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/treasury/statement.hpp"

namespace bursar::cli {

struct StatementReport {
    treasury::Statement statement;
    std::optional<std::string> costCenter;  // set: `statement` is this one's part; "" is what no cost centre pays
    // Closed statements before it, oldest first, in the same currency and of the same part: the trend of the HTML form.
    std::vector<treasury::Statement> earlier;
};

// The part of one cost centre: its lines, forecasts, the loans of its teams, and the gaps, which concern everybody. The
// idle reserve is the policy's and not in it; a share of it is a line. Nothing where the statement does not know it.
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

// What a reader must know before any figure: that it is a draft, what has no price, what was not metered. Sentences
// with untrusted names in them.
std::vector<std::string> warningsOf(const treasury::Statement& statement);

// What usage without a price is called where an amount would stand.
inline constexpr std::string_view kNotCharged = "not charged";

// `no cost centre` for the empty one.
std::string costCenterTitle(const std::string& costCenter);
// For people: `1,234.50 EUR`; the amount alone where the policy has no prices.
std::string moneyText(const treasury::Statement& statement, std::int64_t minorUnits);
// For people: the first day and the last, `2026-11-01 to 2026-11-30`; one day is named once.
std::string daysText(const treasury::TimeWindow& span);
// `Correction`, `Idle reserve`.
std::string_view adjustmentTitle(treasury::LineKind kind);
// How far above the actual a forecast was, in percent of the forecast, rounded towards zero; nothing where it was 0.
std::optional<std::int64_t> errorPercent(const treasury::ForecastLine& line);

}  // namespace bursar::cli
