#include <fmt/format.h>

#include "operator/cli/statement/statement_forms.hpp"
#include "operator/cli/text/printable.hpp"
#include "operator/cli/text/text_table.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::Statement;
using treasury::StatementLine;
using Rows = std::vector<std::vector<std::string>>;

std::string tableHeading(const StatementReport& report) {
    const Statement& statement = report.statement;
    const treasury::StatementTotal total = totalOf(statement);
    std::string text = fmt::format("Statement of {} under policy {}: {} {}\n", statement.period.toString(),
                                   printable(statement.policy), statement.closed ? "closed" : "DRAFT of",
                                   formatInstant(statement.issuedAt));
    if (report.costCenter) {
        text += fmt::format("  only             {}\n", printable(costCenterTitle(*report.costCenter)));
    }
    text += fmt::format("  total            {}\n", moneyText(statement, total.amount));
    text += fmt::format("  tokens           {}\n", formatThousands(total.tokens));
    text += fmt::format("  metered until    {}\n", formatInstant(statement.meteredUntil));
    if (!statement.sponsor.empty()) text += fmt::format("  sponsor          {}\n", printable(statement.sponsor));
    if (!statement.financeContact.empty()) {
        text += fmt::format("  finance contact  {}\n", printable(statement.financeContact));
    }
    return text;
}

std::string tableWarnings(const Statement& statement) {
    std::string text;
    for (const std::string& warning : warningsOf(statement)) text += "! " + printable(warning) + "\n";
    return text.empty() ? text : "\n" + text;
}

std::vector<std::string> cellsOf(const StatementLine& line, int digits) {
    return {printable(line.team),
            printable(line.pool),
            printable(line.model),
            line.type ? std::string{api::toString(*line.type)} : "-",
            daysText(line.span),
            formatThousands(line.tokens),
            line.price ? api::formatPrice(*line.price) : "none",
            line.price ? api::formatMoneyForPeople(line.amount, digits) : std::string{kNotCharged}};
}

std::string costCenterText(const Statement& statement, const CostCenterLines& section) {
    std::string text = fmt::format("\n{}: {}, {} tokens\n", printable(costCenterTitle(section.costCenter)),
                                   moneyText(statement, section.total.amount), formatThousands(section.total.tokens));
    Rows rows;
    for (const StatementLine* line : section.usage) rows.push_back(cellsOf(*line, statement.digits()));
    if (!rows.empty()) {
        const std::vector<Align> align = {Align::Left, Align::Left,  Align::Left,  Align::Left,
                                          Align::Left, Align::Right, Align::Right, Align::Right};
        text +=
            renderColumns({"TEAM", "POOL", "MODEL", "TYPE", "DAYS", "TOKENS", "PER MILLION", "AMOUNT"}, align, rows, 2);
    }
    for (const StatementLine* line : section.adjustments) {
        text += fmt::format("  {} of {}: {}\n", adjustmentTitle(line->kind),
                            printable(line->team.empty() ? "pool " + line->pool : line->team),
                            moneyText(statement, line->amount));
        text +=
            fmt::format("    {}{}\n", line->model.empty() ? "" : printable(line->model) + ": ", printable(line->note));
    }
    return text;
}

std::string idleTable(const Statement& statement) {
    if (statement.idle.empty()) return {};
    Rows rows;
    for (const treasury::IdleReserve& idle : statement.idle) {
        rows.push_back({printable(idle.pool), formatThousands(idle.reserved), formatThousands(idle.drawn),
                        formatThousands(idle.idle), idle.amount ? moneyText(statement, *idle.amount) : "unknown"});
    }
    return fmt::format("\nIdle burst reserve, {}\n", statement.idleShared ? "shared out: it is in the amounts above"
                                                                          : "shown only: it is in no amount") +
           renderColumns({"POOL", "RESERVED", "DRAWN", "IDLE", "WORTH"},
                         {Align::Left, Align::Right, Align::Right, Align::Right, Align::Right}, rows, 2);
}

std::string loanTable(const Statement& statement) {
    if (statement.loans.empty()) return {};
    Rows rows;
    for (const treasury::LoanDraw& loan : statement.loans) {
        rows.push_back({printable(loan.ns + "/" + loan.name), printable(loan.team), printable(loan.pool),
                        formatThousands(loan.drawn.value())});
    }
    return "\nLoans\n" + renderColumns({"LOAN", "TEAM", "POOL", "DRAWN"},
                                       {Align::Left, Align::Left, Align::Left, Align::Right}, rows, 2);
}

std::string forecastTable(const Statement& statement) {
    if (statement.forecasts.empty()) return {};
    Rows rows;
    for (const treasury::ForecastLine& line : statement.forecasts) {
        const auto error = errorPercent(line);
        rows.push_back({printable(costCenterTitle(line.costCenter)), printable(line.team), printable(line.pool),
                        formatThousands(line.forecast), formatThousands(line.actual),
                        error ? std::to_string(*error) : "-", formatThousands(line.windows)});
    }
    return "\nForecast against actual, means of a budget window\n" +
           renderColumns(
               {"COST CENTRE", "TEAM", "POOL", "FORECAST", "ACTUAL", "OVER%", "WINDOWS"},
               {Align::Left, Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right}, rows,
               2);
}

}  // namespace

std::string renderTable(const StatementReport& report) {
    const Statement& statement = report.statement;
    std::string text = tableHeading(report) + tableWarnings(statement);
    if (statement.lines.empty()) text += "\nNothing was used.\n";
    for (const CostCenterLines& section : linesByCostCenter(statement)) text += costCenterText(statement, section);
    return text + idleTable(statement) + loanTable(statement) + forecastTable(statement);
}

}  // namespace bursar::cli
