// What a statement charges, as HTML tables and charts: by payer, by model, by period. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/cli/cost/statement_report.hpp"

namespace bursar::cli::html {

// `Cached input`.
std::string_view typeTitle(api::TokenType type);

// Bars, tokens and amounts of each payer, and their sum.
struct PayerTable {
    std::string id;
    std::string caption;
    std::string title;  // of the column of payers
    std::vector<std::pair<std::string, treasury::StatementTotal>> payers;
};
std::string payerTable(const treasury::Statement& statement, const PayerTable& table);
std::string costCenterTable(const treasury::Statement& statement);

// The costCenterTable() in a section.
std::string costCenterChart(const StatementReport& report);
// Cost of each model, as bars divided by type of token.
std::string modelChart(const StatementReport& report);
// Cost of each period, as columns divided by type of token.
std::string trendColumns(const StatementReport& report);
// The trendColumns() in a section; empty without earlier closed statements.
std::string trendChart(const StatementReport& report);

}  // namespace bursar::cli::html
