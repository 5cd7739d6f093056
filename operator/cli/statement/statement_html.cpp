#include "operator/cli/statement/statement_html.hpp"

#include <fmt/format.h>

#include "operator/cli/cost/cost_tables.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/statement/statement_forms.hpp"

namespace bursar::cli {
namespace {

using namespace html;
using treasury::Statement;

std::string titleOf(const StatementReport& report) {
    const std::string part = report.costCenter ? ", " + escaped(costCenterTitle(*report.costCenter)) : std::string{};
    return "Token statement, " + longName(report.statement.period) + part;
}

std::string masthead(const StatementReport& report) {
    const Statement& statement = report.statement;
    const treasury::StatementTotal total = totalOf(statement);
    std::string text =
        fmt::format("<header>\n<p class=\"kind\">Token statement{}</p>\n<h1>{}</h1>\n",
                    statement.closed ? "" : " <strong class=\"draft\">Draft</strong>", longName(statement.period));
    if (report.costCenter)
        text += fmt::format("<p class=\"of\">{}</p>\n", isolated(costCenterTitle(*report.costCenter)));
    text += fmt::format(
        "<p class=\"total\"><span class=\"label\">Total</span> <data value=\"{}\">{}</data> <span "
        "class=\"unit\">{}</span></p>\n",
        api::formatMoney(total.amount, statement.digits()), api::formatMoneyForPeople(total.amount, statement.digits()),
        escaped(statement.currency));
    text += "<dl class=\"facts\">\n" + fact("Tokens", api::formatThousands(total.tokens)) +
            fact("Policy", isolated(statement.policy)) +
            fact(statement.closed ? "Closed" : "Drawn up", moment(statement.issuedAt)) +
            fact("Metered until", moment(statement.meteredUntil));
    if (!statement.sponsor.empty()) text += fact("Sponsor", isolated(statement.sponsor));
    if (!statement.financeContact.empty()) text += fact("Finance contact", isolated(statement.financeContact));
    return text + "</dl>\n</header>\n";
}

std::string footer() {
    return "<footer>\n<p>An amount is a whole number of tokens times the price of a million, rounded half to even to "
           "the "
           "currency’s minor unit, line by line; every total is the sum of its lines. Days are calendar days in "
           "UTC.</p>\n</footer>\n";
}

}  // namespace

std::string renderHtml(const StatementReport& report) {
    const Statement& statement = report.statement;
    return page(titleOf(report), kStatementStyle,
                masthead(report) + warningList(warningsOf(statement)) + costCenterChart(report) + trendChart(report) +
                    modelChart(report) + lineTables(report) + forecastTable(statement) + loanTable(statement) +
                    idleTable(statement) + footer());
}

}  // namespace bursar::cli
