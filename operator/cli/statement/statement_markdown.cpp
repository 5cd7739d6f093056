#include <fmt/format.h>

#include "operator/cli/statement/statement_forms.hpp"
#include "operator/cli/text/printable.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::Statement;
using treasury::StatementLine;

std::string name(const std::string& text) { return text.empty() ? std::string{"–"} : codeSpan(text, true); }

std::string costCenterName(const std::string& costCenter) {
    return costCenter.empty() ? costCenterTitle(costCenter) : codeSpan(costCenter, true);
}

std::string markdownHeading(const StatementReport& report) {
    const Statement& statement = report.statement;
    const treasury::StatementTotal total = totalOf(statement);
    std::string text =
        fmt::format("## Token statement {}, policy {}\n\n", statement.period.toString(), codeSpan(statement.policy));
    if (report.costCenter) {
        text += fmt::format("Cost centre: {}\n\n", costCenterName(*report.costCenter));
    }
    text += fmt::format("**{}** for {} tokens. {} {}, metered until {}.", moneyText(statement, total.amount),
                        formatThousands(total.tokens), statement.closed ? "Closed" : "**Draft** of",
                        formatInstant(statement.issuedAt), formatInstant(statement.meteredUntil));
    if (!statement.sponsor.empty()) text += fmt::format(" Sponsor: {}.", codeSpan(statement.sponsor));
    if (!statement.financeContact.empty()) {
        text += fmt::format(" Finance contact: {}.", codeSpan(statement.financeContact));
    }
    return text + "\n";
}

std::string markdownWarnings(const Statement& statement) {
    std::string text;
    // Markdown in a name must have no effect, so the whole sentence is a code span.
    for (const std::string& warning : warningsOf(statement)) text += "- " + codeSpan(warning) + "\n";
    return text.empty() ? text : "\n**Before you read on**\n\n" + text;
}

std::string costCenterTable(const Statement& statement, const std::vector<CostCenterLines>& sections) {
    std::string text = "\n| cost centre | tokens | amount |\n|---|--:|--:|\n";
    for (const CostCenterLines& section : sections) {
        text += fmt::format("| {} | {} | {} |\n", costCenterName(section.costCenter),
                            formatThousands(section.total.tokens), moneyText(statement, section.total.amount));
    }
    const treasury::StatementTotal total = totalOf(statement);
    return text + fmt::format("| **total** | **{}** | **{}** |\n", formatThousands(total.tokens),
                              moneyText(statement, total.amount));
}

std::string row(const StatementLine& line, int digits) {
    return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", name(line.team), name(line.pool),
                       name(line.model), line.type ? api::toString(*line.type) : std::string_view{"–"},
                       daysText(line.span), formatThousands(line.tokens),
                       line.price ? api::formatPrice(*line.price) : "none",
                       line.price ? api::formatMoneyForPeople(line.amount, digits) : std::string{kNotCharged});
}

std::string sectionText(const Statement& statement, const CostCenterLines& section) {
    std::string text =
        fmt::format("\n### {}: {}\n", costCenterName(section.costCenter), moneyText(statement, section.total.amount));
    if (!section.usage.empty()) {
        text +=
            "\n| team | pool | model | type | days | tokens | per million | amount |\n"
            "|---|---|---|---|---|--:|--:|--:|\n";
    }
    for (const StatementLine* line : section.usage) text += row(*line, statement.digits());
    if (!section.adjustments.empty()) text += "\n";
    for (const StatementLine* line : section.adjustments) {
        const std::string of =
            line->team.empty() ? "pool " + codeSpan(line->pool) : codeSpan(line->team) + ", " + codeSpan(line->model);
        text += fmt::format("- {} of {}: **{}**: {}\n", adjustmentTitle(line->kind), of,
                            moneyText(statement, line->amount), codeSpan(line->note));
    }
    return text;
}

std::string idleText(const Statement& statement) {
    if (statement.idle.empty()) return {};
    std::string text = fmt::format(
        "\n### Idle burst reserve\n\n{}\n\n| pool | reserved | drawn | idle | worth |\n|---|--:|--:|--:|--:|\n",
        statement.idleShared ? "Shared out: it is in the amounts above." : "Shown only: it is in no amount.");
    for (const treasury::IdleReserve& idle : statement.idle) {
        text += fmt::format("| {} | {} | {} | {} | {} |\n", name(idle.pool), formatThousands(idle.reserved),
                            formatThousands(idle.drawn), formatThousands(idle.idle),
                            idle.amount ? moneyText(statement, *idle.amount) : "unknown");
    }
    return text;
}

std::string loanText(const Statement& statement) {
    if (statement.loans.empty()) return {};
    std::string text = "\n### Loans\n\n| loan | team | pool | drawn |\n|---|---|---|--:|\n";
    for (const treasury::LoanDraw& loan : statement.loans) {
        text += fmt::format("| {} | {} | {} | {} |\n", name(loan.ns + "/" + loan.name), name(loan.team),
                            name(loan.pool), formatThousands(loan.drawn.value()));
    }
    return text;
}

std::string forecastText(const Statement& statement) {
    if (statement.forecasts.empty()) return {};
    std::string text =
        "\n### Forecast against actual\n\nMeans of a budget window.\n\n"
        "| cost centre | team | pool | forecast | actual | over % | windows |\n|---|---|---|--:|--:|--:|--:|\n";
    for (const treasury::ForecastLine& line : statement.forecasts) {
        const auto error = errorPercent(line);
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", costCenterName(line.costCenter), name(line.team),
                            name(line.pool), formatThousands(line.forecast), formatThousands(line.actual),
                            error ? std::to_string(*error) : "–", formatThousands(line.windows));
    }
    return text;
}

}  // namespace

std::string renderMarkdown(const StatementReport& report) {
    const Statement& statement = report.statement;
    const auto sections = linesByCostCenter(statement);
    std::string text = markdownHeading(report) + markdownWarnings(statement) + costCenterTable(statement, sections);
    for (const CostCenterLines& section : sections) text += sectionText(statement, section);
    return text + idleText(statement) + loanText(statement) + forecastText(statement);
}

}  // namespace bursar::cli
