// Pieces of the HTML form of a statement. Pure.
#pragma once

#include <string>
#include <string_view>

#include "operator/cli/statement_report.hpp"

namespace bursar::cli::html {

// Text that other people wrote, for an element or a quoted attribute: no markup, no control characters.
std::string escaped(std::string_view text);
// The same in an element of its own, so that a name in another direction of writing does not reorder what is around it.
std::string isolated(std::string_view text);

// `1–14 Nov`, `15 Oct – 14 Nov`; the year is the statement's.
std::string shortDays(const treasury::TimeWindow& span);
// `1 December 2026`, and `November 2026` or `Fourth quarter of 2026`.
std::string longDate(Instant day);
std::string longName(const treasury::PlanningPeriod& period);

// `Cached input`.
std::string_view typeTitle(api::TokenType type);

// The page's style sheet.
extern const std::string_view kStyle;

// What each cost centre pays, as bars.
std::string costCenterChart(const StatementReport& report);
// What each model costs, as bars cut by type of token.
std::string modelChart(const StatementReport& report);
// The same by period, where closed statements came before; else empty.
std::string trendChart(const StatementReport& report);

// Every line, by cost centre and team.
std::string lineTables(const StatementReport& report);
std::string forecastTable(const treasury::Statement& statement);
std::string loanTable(const treasury::Statement& statement);
std::string idleTable(const treasury::Statement& statement);

}  // namespace bursar::cli::html
