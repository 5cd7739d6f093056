#include <fmt/format.h>

#include <algorithm>

#include "operator/cli/html/html_bars.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/review/review_html.hpp"
#include "operator/cli/text/change_text.hpp"

namespace bursar::cli::html {
namespace {

using api::Enforcement;
using api::formatThousands;

// A team with a closed period.
struct Held {
    const ReviewPool* pool = nullptr;
    const ReviewBudget* budget = nullptr;

    [[nodiscard]] const treasury::Haircut::Term& last() const { return budget->periods.front(); }
    [[nodiscard]] int haircut() const { return budget->terms().advisoryHaircutPercent; }
};

// Largest haircut first, then in the order of the grants.
std::vector<Held> heldTeams(const Review& review) {
    std::vector<Held> held;
    for (const ReviewPool& pool : review.pools) {
        for (const ReviewBudget& budget : pool.budgets) {
            if (!budget.periods.empty()) held.push_back({&pool, &budget});
        }
    }
    std::stable_sort(held.begin(), held.end(), [](const Held& a, const Held& b) { return a.haircut() > b.haircut(); });
    return held;
}

std::string teamName(const Review& review, const ReviewPool& pool, const ReviewBudget& budget,
                     const std::string& more) {
    std::string below = review.pools.size() > 1 ? isolated(pool.rules.name) : std::string{};
    if (!more.empty()) below += (below.empty() ? "" : ", ") + more;
    return isolated(budget.grant.team) + (below.empty() ? below : "<small>" + below + "</small>");
}

std::string forecastRow(const Review& review, const Held& each, const std::string& usual) {
    const treasury::Haircut::Term& term = each.last();
    // Numbers of different pools differ in size, so each pair has its own scale.
    const std::int64_t largest = std::max(term.forecast, term.actual);
    return chartRow(
        teamName(review, *each.pool, *each.budget, term.period == usual ? std::string{} : term.period),
        pairBar(fmt::format("forecast {}, used {}", formatThousands(term.forecast), formatThousands(term.actual)),
                {"asked", lengthOf(term.forecast, largest)}, {"used", lengthOf(term.actual, largest)}),
        fmt::format("<td class=\"number wide\">{}</td><td class=\"number wide\">{}</td>",
                    formatThousands(term.forecast), formatThousands(term.actual)) +
            number(errorText(term)) +
            number(each.haircut() > 0 ? fmt::format("{} %", each.haircut()) : std::string{"none"}));
}

std::string_view leadOf(Enforcement enforcement) {
    switch (enforcement) {
        case Enforcement::Off:
            return "Forecast discipline is off: nobody’s forecast is held against what was used.";
        case Enforcement::Advisory:
            return "Haircuts are advisory: they are shown, and nothing is cut. If they were applied from now on, these "
                   "grants would differ.";
        case Enforcement::Enforced:
            return "Haircuts are applied. Without them these grants would differ; what is cut goes to others who need "
                   "it.";
    }
    return {};
}

std::string haircutRow(const Review& review, const ReviewPool& pool, const ReviewBudget& budget) {
    const treasury::Rationale& r = budget.terms();
    const bool enforced = review.enforcement() == Enforcement::Enforced;
    const std::int64_t with = enforced ? r.grant : *budget.otherwise;
    const std::int64_t without = enforced ? *budget.otherwise : r.grant;
    return fmt::format(
        "<tr><th scope=\"row\">{}</th>{}{}{}{}</tr>\n", teamName(review, pool, budget, {}),
        number(r.advisoryHaircutPercent > 0 ? fmt::format("{} %", r.advisoryHaircutPercent) : std::string{"none"}),
        number(formatThousands(without)), number(formatThousands(with)), number(changeText(with - without)));
}

}  // namespace

std::string errorText(const treasury::Haircut::Term& term) {
    const std::string& decimal = term.errorPercent;
    return (decimal.starts_with('-') ? "−" + decimal.substr(1) : decimal) + " %";
}

std::string forecastSection(const Review& review) {
    const std::vector<Held> held = heldTeams(review);
    if (held.empty()) return {};
    const std::string usual = treasury::lastClosedPeriod(review.policy->period, review.at).toString();
    const api::ForecastDiscipline& rules = review.policy->forecastDiscipline;
    std::string text =
        legend({{"asked", "Forecast"}, {"used", "Used"}}) +
        fmt::format(
            "<table class=\"chart forecasts\">\n<caption>Means of a budget window in {}; each pair has its own "
            "scale</caption>\n<thead><tr><th scope=\"col\">Team</th><td class=\"drawn\"></td><th scope=\"col\" "
            "class=\"number wide\">Forecast</th><th scope=\"col\" class=\"number wide\">Used</th><th scope=\"col\" "
            "class=\"number\">Error</th><th scope=\"col\" class=\"number\">Haircut</th></tr></thead>\n<tbody>\n",
            usual);
    for (const Held& each : held) text += forecastRow(review, each, usual);
    return section(
        "forecasts", "Forecast against use",
        fmt::format(
            "The error is how far the forecast was above what was used, in percent of the forecast; below 0 more "
            "was used. An error of up to {} % costs nothing. The haircut weighs the last {} periods, the newest "
            "most; a team that was refused tokens is not blamed for using less.",
            rules.tolerancePercent, rules.lookbackPeriods),
        text + "</tbody>\n</table>\n");
}

std::string haircutSection(const Review& review) {
    std::string rows;
    for (const ReviewPool& pool : review.pools) {
        for (const ReviewBudget& budget : pool.budgets) {
            const bool changed = budget.otherwise && *budget.otherwise != budget.terms().grant;
            if (changed || (budget.otherwise && budget.terms().advisoryHaircutPercent > 0)) {
                rows += haircutRow(review, pool, budget);
            }
        }
    }
    const std::string lead{leadOf(review.enforcement())};
    if (rows.empty()) {
        const bool off = review.enforcement() == Enforcement::Off;
        return section("haircuts", "Haircuts",
                       off ? lead : "No haircut is due: applied or not, every grant is the same.", {});
    }
    return section(
        "haircuts", "Haircuts", lead,
        scrolled("Haircuts",
                 "<table>\n<caption>Grants with and without haircuts</caption>\n<thead><tr><th "
                 "scope=\"col\">Team</th><th scope=\"col\" class=\"number\">Haircut</th><th scope=\"col\" "
                 "class=\"number\">Without</th><th scope=\"col\" class=\"number\">With</th><th scope=\"col\" "
                 "class=\"number\">Difference</th></tr></thead>\n<tbody>\n" +
                     rows + "</tbody>\n</table>\n"));
}

}  // namespace bursar::cli::html
