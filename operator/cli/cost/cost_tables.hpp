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

// What somebody pays, as bars beside tokens and amounts, and the sum of it.
struct PayerTable {
    std::string id;
    std::string caption;
    std::string title;  // of the column of payers
    std::vector<std::pair<std::string, treasury::StatementTotal>> payers;
};
std::string payerTable(const treasury::Statement& statement, const PayerTable& table);
std::string costCenterTable(const treasury::Statement& statement);

// What each cost centre pays, as bars.
std::string costCenterChart(const StatementReport& report);
// What each model costs, as bars cut by type of token.
std::string modelChart(const StatementReport& report);
// The same by period.
std::string trendColumns(const StatementReport& report);
// In a section, where closed statements came before; else empty.
std::string trendChart(const StatementReport& report);

}  // namespace bursar::cli::html
