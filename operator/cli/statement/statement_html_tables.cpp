#include <fmt/format.h>

#include <algorithm>

#include "operator/cli/cost/cost_tables.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/statement/statement_html.hpp"

namespace bursar::cli::html {
namespace {

using api::formatThousands;
using treasury::Statement;
using treasury::StatementLine;
using Lines = std::vector<const StatementLine*>;
using Place = Lines::const_iterator;

// Longer statements begin folded up; paper shows everything.
constexpr std::size_t kLinesUnfolded = 200;

// The end of the run of lines that are the same as the first by `same`.
template <typename Same>
Place runEnd(Place from, Place end, Same same) {
    return std::find_if_not(from, end, [&](const StatementLine* line) { return same(**from, *line); });
}

std::string typeCell(const Statement& statement, const StatementLine& line) {
    const treasury::TimeWindow whole = statement.period.span();
    const bool allDays = line.span.start == whole.start && line.span.end == whole.end;
    return fmt::format("<td>{}{}</td>", line.type ? typeTitle(*line.type) : std::string_view{},
                       allDays ? std::string{} : fmt::format("<small>{}</small>", shortDays(line.span)));
}

// The lines of one model in one pool.
std::string modelRows(const Statement& statement, Place from, Place end) {
    std::string text;
    for (Place at = from; at != end; ++at) {
        const StatementLine& line = **at;
        text += "<tr>";
        if (at == from) {
            text += fmt::format("<th scope=\"rowgroup\" rowspan=\"{}\">{}<small>{}</small></th>", end - from,
                                isolated(line.model), isolated(line.pool));
        }
        text += typeCell(statement, line) + number(formatThousands(line.tokens));
        text += line.price ? number(api::formatPrice(*line.price)) +
                                 number(api::formatMoneyForPeople(line.amount, statement.digits()))
                           : number("none") + fmt::format("<td class=\"number unpriced\">{}</td>", kNotCharged);
        text += "</tr>\n";
    }
    return text;
}

std::string teamBody(const Statement& statement, Place from, Place end) {
    treasury::StatementTotal total;
    for (Place at = from; at != end; ++at) total += **at;
    std::string text =
        fmt::format("<tbody>\n<tr class=\"team\"><th scope=\"rowgroup\" colspan=\"2\">{}</th>{}<td></td>{}</tr>\n",
                    isolated((*from)->team), number(formatThousands(total.tokens)),
                    number(api::formatMoneyForPeople(total.amount, statement.digits())));
    while (from != end) {
        const Place next = runEnd(from, end, [](const StatementLine& a, const StatementLine& b) {
            return a.pool == b.pool && a.model == b.model;
        });
        text += modelRows(statement, from, next);
        from = next;
    }
    return text + "</tbody>\n";
}

std::string adjustmentBody(const Statement& statement, const Lines& adjustments) {
    if (adjustments.empty()) return {};
    std::string text =
        "<tbody class=\"adjustments\">\n<tr class=\"team\"><th scope=\"rowgroup\" colspan=\"5\">Corrections and "
        "shares</th></tr>\n";
    for (const StatementLine* line : adjustments) {
        const std::string of =
            line->team.empty() ? "pool " + isolated(line->pool) : isolated(line->team) + ", " + isolated(line->model);
        text += fmt::format("<tr><th scope=\"row\" colspan=\"4\">{}, {}<small>{}</small></th>{}</tr>\n",
                            adjustmentTitle(line->kind), of, isolated(line->note),
                            number(api::formatMoneyForPeople(line->amount, statement.digits())));
    }
    return text + "</tbody>\n";
}

std::string costCenterDetails(const Statement& statement, const CostCenterLines& section, bool open) {
    const std::string title = isolated(costCenterTitle(section.costCenter));
    std::string table = fmt::format(
        "<table class=\"lines\">\n<caption>Lines of {}{}</caption>\n<thead><tr><th scope=\"col\">Model</th><th "
        "scope=\"col\">Type</th>"
        "<th scope=\"col\" class=\"number\">Tokens</th><th scope=\"col\" class=\"number\">Per million</th>"
        "<th scope=\"col\" class=\"number\">Amount</th></tr></thead>\n",
        title, statement.currency.empty() ? std::string{} : ", " + escaped(statement.currency));
    for (Place at = section.usage.begin(); at != section.usage.end();) {
        const Place next = runEnd(at, section.usage.end(),
                                  [](const StatementLine& a, const StatementLine& b) { return a.team == b.team; });
        table += teamBody(statement, at, next);
        at = next;
    }
    table += adjustmentBody(statement, section.adjustments);
    table += fmt::format("<tfoot><tr><th scope=\"row\" colspan=\"2\">Total</th>{}<td></td>{}</tr></tfoot>\n</table>\n",
                         number(formatThousands(section.total.tokens)),
                         number(api::formatMoneyForPeople(section.total.amount, statement.digits())));
    return folded(title, escaped(moneyText(statement, section.total.amount)),
                  scrolled("Lines of " + escaped(costCenterTitle(section.costCenter)), table), open);
}

std::string tableSection(std::string_view id, std::string_view title, const std::string& lead,
                         const std::string& table) {
    return section(id, title, lead, scrolled(std::string{title}, table));
}

}  // namespace

std::string lineTables(const StatementReport& report) {
    const Statement& statement = report.statement;
    std::string text = "<section aria-labelledby=\"lines\">\n<h2 id=\"lines\">Every line</h2>\n";
    if (statement.lines.empty()) text += "<p>Nothing was used.</p>\n";
    const bool open = statement.lines.size() <= kLinesUnfolded;
    for (const CostCenterLines& lines : linesByCostCenter(statement)) text += costCenterDetails(statement, lines, open);
    return text + "</section>\n";
}

std::string forecastTable(const Statement& statement) {
    if (statement.forecasts.empty()) return {};
    std::string table =
        "<table>\n<caption>Means of a budget window</caption>\n<thead><tr><th scope=\"col\">Team</th>"
        "<th scope=\"col\">Cost centre</th><th scope=\"col\" class=\"number\">Forecast</th>"
        "<th scope=\"col\" class=\"number\">Actual</th><th scope=\"col\" "
        "class=\"number\">Over</th></tr></thead>\n<tbody>\n";
    for (const treasury::ForecastLine& line : statement.forecasts) {
        const auto error = errorPercent(line);
        table += fmt::format("<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td>{}{}{}</tr>\n",
                             isolated(line.team), isolated(line.pool), isolated(costCenterTitle(line.costCenter)),
                             number(formatThousands(line.forecast)), number(formatThousands(line.actual)),
                             number(error ? fmt::format("{} %", *error) : "–"));
    }
    return tableSection(
        "forecasts", "Forecast against actual",
        "How far the forecast in force was above what was used, in percent of the forecast; below 0 more was used.",
        table + "</tbody>\n</table>\n");
}

std::string loanTable(const Statement& statement) {
    if (statement.loans.empty()) return {};
    std::string table =
        "<table>\n<caption>Tokens that were drawn on loans</caption>\n<thead><tr><th scope=\"col\">Loan</th>"
        "<th scope=\"col\">Team</th><th scope=\"col\">Pool</th><th scope=\"col\" "
        "class=\"number\">Drawn</th></tr></thead>\n<tbody>\n";
    for (const treasury::LoanDraw& loan : statement.loans) {
        table += fmt::format("<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td><td>{}</td>{}</tr>\n",
                             isolated(loan.name), isolated(loan.ns), isolated(loan.team), isolated(loan.pool),
                             number(formatThousands(loan.drawn.value())));
    }
    return tableSection("loans", "Loans", "Their tokens are in the lines above, at the price of every other.",
                        table + "</tbody>\n</table>\n");
}

std::string idleTable(const Statement& statement) {
    if (statement.idle.empty()) return {};
    std::string table = fmt::format(
        "<table>\n<caption>Tokens kept for loans{}</caption>\n<thead><tr><th scope=\"col\">Pool</th>"
        "<th scope=\"col\" class=\"number\">Reserved</th><th scope=\"col\" class=\"number\">Drawn</th>"
        "<th scope=\"col\" class=\"number\">Idle</th><th scope=\"col\" "
        "class=\"number\">Worth</th></tr></thead>\n<tbody>\n",
        statement.currency.empty() ? std::string{} : "; worth in " + escaped(statement.currency));
    for (const treasury::IdleReserve& idle : statement.idle) {
        table += fmt::format(
            "<tr><th scope=\"row\">{}</th>{}{}{}{}</tr>\n", isolated(idle.pool), number(formatThousands(idle.reserved)),
            number(formatThousands(idle.drawn)), number(formatThousands(idle.idle)),
            number(idle.amount ? api::formatMoneyForPeople(*idle.amount, statement.digits()) : "unknown"));
    }
    return tableSection(
        "idle", "Idle burst reserve",
        statement.idleShared
            ? "At the period’s mean price of a token in the pool; shared out, so it is in the amounts above."
            : "At the period’s mean price of a token in the pool; shown only, it is in no amount.",
        table + "</tbody>\n</table>\n");
}

}  // namespace bursar::cli::html
