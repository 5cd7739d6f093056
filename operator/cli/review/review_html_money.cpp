#include <fmt/format.h>

#include "operator/cli/cost/cost_tables.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/review/review_html.hpp"

namespace bursar::cli::html {
namespace {

std::string gapText(const treasury::Statement& statement) {
    std::string text;
    for (const std::string& warning : warningsOf(statement)) text += "<li>" + isolated(warning) + "</li>\n";
    return text.empty() ? text : "<ul>\n" + text + "</ul>\n";
}

}  // namespace

std::string costSection(const Review& review) {
    if (!review.cost) return {};
    const treasury::Statement& statement = review.cost->statement;
    std::string text = gapText(statement) + "<h3>By cost centre</h3>\n" + costCenterTable(statement);
    text += "<h3>By team</h3>\n" +
            payerTable(statement, {"by-team", "What each team’s usage costs, without shares of the idle reserve",
                                   "Team", totalsByTeam(statement)});
    if (!review.cost->earlier.empty()) text += "<h3>Trend</h3>\n" + trendColumns(*review.cost);
    return section("cost", "Cost: " + longName(statement.period), {}, text);
}

}  // namespace bursar::cli::html
