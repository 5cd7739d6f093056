#include <fmt/format.h>

#include "operator/cli/review/review.hpp"
#include "operator/cli/text/change_text.hpp"
#include "operator/cli/text/printable.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;

std::string span(const std::string& text) { return codeSpan(text); }
std::string cell(const std::string& text) { return text.empty() ? std::string{"–"} : codeSpan(text, true); }

std::string heading(const Review& review) {
    std::string text = fmt::format("# Allocation review {}, policy {}\n\nDecided as of {}.", review.period.toString(),
                                   span(review.policy->meta.name), formatInstant(review.at));
    if (!review.charter.sponsor.empty()) text += fmt::format(" Sponsor: {}.", span(review.charter.sponsor));
    if (!review.charter.document.empty()) text += fmt::format(" Charter: {}", span(review.charter.document));
    if (!review.charter.approvedOn.empty()) text += fmt::format(", approved on {}", span(review.charter.approvedOn));
    if (!review.charter.document.empty() || !review.charter.approvedOn.empty()) text += ".";
    return text + fmt::format(" Haircuts: {}.\n", enforcementTitle(review.enforcement()));
}

std::string list(const std::string& title, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += "- " + line + "\n";
    return text.empty() ? text : fmt::format("\n{}\n\n{}", title, text);
}

std::string grantRow(const Review& review, const ReviewBudget& budget) {
    const treasury::Rationale& r = budget.terms();
    const int haircut =
        review.enforcement() == api::Enforcement::Enforced ? r.haircutPercent : r.advisoryHaircutPercent;
    std::string row = fmt::format("| {} | {} | {} | {} % | {} | {} | {} |", cell(budget.grant.team),
                                  cell(budget.costCenter), formatThousands(r.forecast), haircut,
                                  formatThousands(r.claim), formatThousands(r.grant), boundTitle(r.bound));
    if (!review.before.empty()) {
        row += fmt::format(" {} |", budget.grant.before ? changeText(budget.grant.change()) : std::string{"new"});
    }
    return row + "\n";
}

std::string poolText(const Review& review, const ReviewPool& pool) {
    const bool compared = !review.before.empty();
    std::string text = fmt::format(
        "\n## Pool {}\n\nTokens {}: {} in all, {} kept for loans, {} to divide.\n\n| team | cost centre | asked | "
        "haircut | claim | granted | set by |{}\n|---|---|--:|--:|--:|--:|---|{}\n",
        span(pool.rules.name), api::perWindow(pool.rules.window), formatThousands(pool.decision.capacity.value()),
        formatThousands(pool.decision.reserve.value()), formatThousands(pool.decision.distributable.value()),
        compared ? " change |" : "", compared ? "--:|" : "");
    for (const ReviewBudget& budget : pool.budgets) text += grantRow(review, budget);
    std::vector<std::string> sentences;
    for (const ReviewBudget& budget : pool.budgets) {
        sentences.push_back(span(budget.grant.team) + ": " + budget.grant.sentence);
    }
    for (const PlanGrant& grant : pool.leaving) sentences.push_back(span(grant.team) + ": " + grant.sentence);
    return text + list("Why:", sentences);
}

std::string forecastText(const Review& review) {
    std::string rows;
    for (const ReviewPool& pool : review.pools) {
        for (const ReviewBudget& budget : pool.budgets) {
            for (const treasury::Haircut::Term& term : budget.periods) {
                rows += fmt::format("| {} | {} | {} | {} | {} | {} % | {} % |\n", cell(budget.grant.team),
                                    cell(pool.rules.name), term.period, formatThousands(term.forecast),
                                    formatThousands(term.actual), term.errorPercent, term.throttledPercent);
            }
        }
    }
    if (rows.empty()) return {};
    return "\n## Forecast against actual\n\nMeans of a budget window.\n\n| team | pool | period | forecast | actual | "
           "error | refused |\n|---|---|---|--:|--:|--:|--:|\n" +
           rows;
}

std::string loanText(const Review& review) {
    if (review.loans.empty()) return {};
    std::string text =
        "\n## The burst pool\n\n| loan | pool | from | until | asked | granted | drawn | answer |\n"
        "|---|---|---|---|--:|--:|--:|---|\n";
    for (const ReviewLoan& each : review.loans) {
        const treasury::LoanDecision& decision = each.loan.decision;
        const auto rule = treasury::toString(decision.outcome.rule);
        text +=
            fmt::format("| {} | {} | {} | {} | {} | {} | {} | {}{} |\n", cell(decision.ns + "/" + decision.name),
                        cell(decision.pool), formatInstant(each.span.start), formatInstant(each.span.end),
                        formatThousands(each.loan.requested.value()), formatThousands(decision.outcome.granted.value()),
                        formatThousands(decision.outcome.drawn.value()), api::toString(decision.outcome.phase),
                        rule.empty() ? std::string{} : fmt::format(" ({})", rule));
    }
    return text;
}

std::string costText(const Review& review) {
    if (!review.cost) return {};
    const treasury::Statement& statement = review.cost->statement;
    std::string text = fmt::format("\n## Cost of {}{}\n\n| team | tokens | amount |\n|---|--:|--:|\n",
                                   statement.period.toString(), statement.closed ? "" : ", draft");
    for (const auto& [team, total] : totalsByTeam(statement)) {
        text += fmt::format("| {} | {} | {} |\n", cell(team), formatThousands(total.tokens),
                            moneyText(statement, total.amount));
    }
    text += "\n| cost centre | tokens | amount |\n|---|--:|--:|\n";
    for (const auto& [costCenter, total] : totalsByCostCenter(statement)) {
        text += fmt::format("| {} | {} | {} |\n", cell(costCenterTitle(costCenter)), formatThousands(total.tokens),
                            moneyText(statement, total.amount));
    }
    return text;
}

}  // namespace

std::string renderMarkdown(const Review& review) {
    std::vector<std::string> notes;
    // Markdown in a note must have no effect, so the whole sentence is a code span.
    for (const std::string& note : review.notes) notes.push_back(span(note));
    std::string text = heading(review) + list("**Before you read on**", notes) +
                       list("**In short**", summaryOf(review, [](const std::string& name) { return codeSpan(name); }));
    for (const ReviewPool& pool : review.pools) text += poolText(review, pool);
    return text + forecastText(review) + loanText(review) + costText(review);
}

}  // namespace bursar::cli
