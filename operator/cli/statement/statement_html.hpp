// Pieces of the HTML form of a statement. Pure.
#pragma once

#include <string>
#include <string_view>

#include "operator/cli/cost/statement_report.hpp"

namespace bursar::cli::html {

// What the page adds to the common style sheet.
extern const std::string_view kStatementStyle;

// Every line, by cost centre and team.
std::string lineTables(const StatementReport& report);
std::string forecastTable(const treasury::Statement& statement);
std::string loanTable(const treasury::Statement& statement);
std::string idleTable(const treasury::Statement& statement);

}  // namespace bursar::cli::html
