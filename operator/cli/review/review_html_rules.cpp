#include <fmt/format.h>

#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/review/review_html.hpp"

namespace bursar::cli::html {
namespace {

using api::formatThousands;

std::string poolTable(const api::AllocationPolicy& policy) {
    std::string table =
        "<table>\n<caption>Pools</caption>\n<thead><tr><th scope=\"col\">Pool</th><th scope=\"col\" "
        "class=\"number\">Tokens</th><th scope=\"col\" class=\"number\">Kept for loans</th><th scope=\"col\">Not "
        "claimed</th></tr></thead>\n<tbody>\n";
    for (const api::Pool& pool : policy.pools) {
        table += fmt::format(
            "<tr><th scope=\"row\">{}</th>{}{}<td>{}</td></tr>\n", isolated(pool.name),
            number(fmt::format("{} {}", formatThousands(pool.tokensPerWindow.value()), api::perWindow(pool.window))),
            number(fmt::format("{} %", pool.burstPercent)),
            pool.unallocated == api::Unallocated::Hold ? "stays unspent" : "may be lent");
    }
    return scrolled("Pools", table + "</tbody>\n</table>\n");
}

std::string orDash(const std::optional<api::Tokens>& amount) { return amount ? formatThousands(amount->value()) : "–"; }

std::string weightTable(const api::AllocationPolicy& policy) {
    if (policy.weights.empty()) return {};
    std::string table =
        "<table>\n<caption>What leadership says of teams; every other has the default weight</caption>\n<thead><tr><th "
        "scope=\"col\">Team</th><th scope=\"col\">Pool</th><th scope=\"col\" class=\"number\">Weight</th><th "
        "scope=\"col\" class=\"number\">Floor</th><th scope=\"col\" "
        "class=\"number\">Ceiling</th></tr></thead>\n<tbody>\n";
    for (const api::Weight& entry : policy.weights) {
        table += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}{}{}</tr>\n", isolated(entry.team),
                             entry.pool.empty() ? "all" : isolated(entry.pool),
                             number(std::to_string(entry.weight.value_or(policy.defaultWeight))),
                             number(orDash(entry.floor)), number(orDash(entry.ceiling)));
    }
    return scrolled("Weights", table + "</tbody>\n</table>\n");
}

std::string percent(int value) { return fmt::format("{} %", value); }

std::string numbers(const api::AllocationPolicy& policy) {
    const api::ForecastDiscipline& discipline = policy.forecastDiscipline;
    const api::Borrowing& borrowing = policy.borrowing;
    return "<dl class=\"facts\">\n" + fact("History in a claim", percent(policy.historyPercent)) +
           fact("Default weight", std::to_string(policy.defaultWeight)) +
           fact("Haircuts", std::string{enforcementTitle(discipline.enforcement)}) +
           fact("Tolerated error", percent(discipline.tolerancePercent)) +
           fact("Severity beyond it", percent(discipline.severityPercent)) +
           fact("Largest haircut", percent(discipline.maxHaircutPercent)) +
           fact("Periods looked back", std::to_string(discipline.lookbackPeriods)) +
           fact("One loan, of the burst pool", percent(borrowing.maxPercentOfPool)) +
           fact("A team’s loans, of its grant", percent(borrowing.maxPercentOfGrant)) +
           fact("Longest loan", formatDuration(borrowing.maxDuration)) +
           fact("Rest between loans", formatDuration(borrowing.cooldown)) +
           fact("Active loans of a team", std::to_string(borrowing.maxActivePerTeam)) + "</dl>\n";
}

}  // namespace

std::string rulesSection(const Review& review) {
    return section("rules", "The policy’s numbers", {},
                   poolTable(*review.policy) + weightTable(*review.policy) + numbers(*review.policy));
}

}  // namespace bursar::cli::html
