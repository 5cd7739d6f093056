#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/review/review_html.hpp"
#include "operator/cli/text/change_text.hpp"

namespace bursar::cli::html {
namespace {

using api::formatThousands;

constexpr std::size_t kMostChanges = 30;

// A team's figures before and now.
struct Change {
    const ReviewPool* pool = nullptr;
    const ReviewBudget* budget = nullptr;
    std::optional<std::int64_t> asked;       // its forecast in the last closed period, as a mean
    std::optional<std::int64_t> usedBefore;  // in the period before that
    std::optional<std::int64_t> used;

    [[nodiscard]] std::optional<std::int64_t> granted() const { return budget->grant.before; }
    [[nodiscard]] bool known() const { return asked || granted(); }
    // The amount by which the grant (or else the forecast) moved.
    [[nodiscard]] std::int64_t weight() const {
        if (granted()) return std::abs(budget->grant.change());
        return asked ? std::abs(budget->terms().forecast - *asked) : 0;
    }
};

std::vector<Change> changesOf(const Review& review) {
    const std::string last = treasury::lastClosedPeriod(review.policy->period, review.at).toString();
    std::vector<Change> changes;
    for (const ReviewPool& pool : review.pools) {
        for (const ReviewBudget& budget : pool.budgets) {
            Change change{&pool, &budget, {}, {}, {}};
            const auto& periods = budget.periods;
            if (!periods.empty() && periods[0].period == last) {
                change.asked = periods[0].forecast;
                change.used = periods[0].actual;
                if (periods.size() > 1) change.usedBefore = periods[1].actual;
            }
            if (change.known()) changes.push_back(change);
        }
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.weight() > b.weight(); });
    return changes;
}

// The figure now, and its difference to the one before.
std::string cell(const std::optional<std::int64_t>& before, const std::optional<std::int64_t>& now) {
    if (!before || !now) return number(now ? formatThousands(*now) : "–");
    return number(fmt::format("{}<small>{}</small>", formatThousands(*now), changeText(*now - *before)));
}

std::string row(const Review& review, const Change& change) {
    std::string name = isolated(change.budget->grant.team);
    if (review.pools.size() > 1) name += "<small>" + isolated(change.pool->rules.name) + "</small>";
    std::string text =
        fmt::format("<tr><th scope=\"row\">{}</th>{}{}", name, cell(change.asked, change.budget->terms().forecast),
                    cell(change.usedBefore, change.used));
    if (!review.before.empty()) text += cell(change.granted(), change.budget->terms().grant);
    return text + "</tr>\n";
}

}  // namespace

std::string changeSection(const Review& review) {
    const std::vector<Change> changes = changesOf(review);
    if (changes.empty()) return {};
    const std::string last = treasury::lastClosedPeriod(review.policy->period, review.at).toString();
    std::string table = fmt::format(
        "<table>\n<caption>Tokens in every budget window; below each figure what it moved by</caption>\n<thead><tr><th "
        "scope=\"col\">Team</th><th scope=\"col\" class=\"number\">Asks for</th><th scope=\"col\" "
        "class=\"number\">Used in "
        "{}</th>{}</tr></thead>\n<tbody>\n",
        last, review.before.empty() ? "" : "<th scope=\"col\" class=\"number\">Granted</th>");
    for (std::size_t i = 0; i < std::min(changes.size(), kMostChanges); ++i) table += row(review, changes[i]);
    table += "</tbody>\n</table>\n";
    std::string more;
    if (changes.size() > kMostChanges) {
        more = fmt::format("<p class=\"lead\">The {} that moved most, of {}.</p>\n", kMostChanges,
                           formatThousands(static_cast<std::int64_t>(changes.size())));
    }
    std::string lead = fmt::format("Requests are held against those of {}, use against the period before it", last);
    if (!review.before.empty()) lead += ", grants against " + escaped(review.before);
    return section("changes", "What changed", lead + ".", scrolled("What changed", table) + more);
}

}  // namespace bursar::cli::html
