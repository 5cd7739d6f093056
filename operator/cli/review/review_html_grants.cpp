#include <fmt/format.h>

#include <algorithm>

#include "operator/cli/html/html_bars.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/review/review_html.hpp"
#include "operator/cli/text/change_text.hpp"

namespace bursar::cli::html {
namespace {

using api::formatThousands;
using treasury::Rationale;

std::string wide(const std::string& text) { return fmt::format("<td class=\"number wide\">{}</td>", text); }

std::string changeCell(const Review& review, const PlanGrant& grant) {
    if (review.before.empty()) return {};
    return wide(grant.before ? changeText(grant.change()) : "new");
}

std::string grantRow(const Review& review, const ReviewBudget& budget, std::int64_t largest) {
    const Rationale& r = budget.terms();
    const std::string name =
        isolated(budget.grant.team) +
        (budget.costCenter.empty() ? std::string{} : fmt::format("<small>{}</small>", isolated(budget.costCenter)));
    const std::string drawn =
        pairBar(fmt::format("asked {}, granted {}", formatThousands(r.forecast), formatThousands(r.grant)),
                {"asked", lengthOf(r.forecast, largest)}, {"granted", lengthOf(r.grant, largest)});
    return chartRow(
        name, drawn,
        wide(formatThousands(r.forecast)) + wide(formatThousands(r.claim)) +
            fmt::format("<td class=\"number\"><data class=\"grant\" value=\"{}\">{}</data><small>{}</small></td>",
                        r.grant, formatThousands(r.grant), boundTitle(r.bound)) +
            changeCell(review, budget.grant));
}

std::string sumRow(const Review& review, const ReviewPool& pool) {
    return fmt::format("<tfoot><tr><th scope=\"row\">All</th><td class=\"drawn\"></td>{}{}{}{}</tr></tfoot>\n",
                       wide(formatThousands(pool.asked())), wide(formatThousands(pool.claimed())),
                       number(formatThousands(pool.decision.granted.value())),
                       review.before.empty() ? "" : "<td class=\"wide\"></td>");
}

std::string grantTable(const Review& review, const ReviewPool& pool) {
    std::int64_t largest = 0;
    for (const ReviewBudget& budget : pool.budgets) {
        largest = std::max({largest, budget.terms().forecast, budget.terms().grant});
    }
    std::string text = fmt::format(
        "{}<table class=\"chart grants\">\n<caption>Tokens {}, largest grant first{}</caption>\n<thead><tr>"
        "<th scope=\"col\">Team</th><td class=\"drawn\"></td><th scope=\"col\" class=\"number wide\">Asked</th>"
        "<th scope=\"col\" class=\"number wide\">Claim</th><th scope=\"col\" "
        "class=\"number\">Granted</th>{}</tr></thead>\n"
        "<tbody>\n",
        legend({{"asked", "Asked for"}, {"granted", "Granted"}}), api::perWindow(pool.rules.window),
        review.before.empty() ? std::string{} : "; change against " + escaped(review.before),
        review.before.empty() ? "" : "<th scope=\"col\" class=\"number wide\">Change</th>");
    for (const ReviewBudget& budget : pool.budgets) text += grantRow(review, budget, largest);
    return text + "</tbody>\n" + sumRow(review, pool) + "</table>\n";
}

// How the pool's tokens are divided.
std::string poolBar(const ReviewPool& reviewed) {
    const treasury::PoolDecision& pool = reviewed.decision;
    const std::int64_t capacity = pool.capacity.value();
    const std::int64_t left = pool.distributable.lessOrZero(pool.granted).value();
    const std::int64_t granted = lengthOf(pool.granted.value(), capacity);
    const std::int64_t unallocated = lengthOf(left, capacity);
    const std::string label = fmt::format("of {}: {} granted, {} not claimed, {} kept for loans",
                                          formatThousands(capacity), formatThousands(pool.granted.value()),
                                          formatThousands(left), formatThousands(pool.reserve.value()));
    return fmt::format("<div class=\"whole\">{}</div>\n",
                       bar(label, part("granted", 0, granted) + part("left", granted, unallocated) +
                                      part("kept", granted + unallocated, kScale - granted - unallocated))) +
           fmt::format(
               "<ul class=\"legend\"><li>Of {} tokens {}:</li><li>{}granted {}</li><li>{}not claimed {}</li><li>{}kept "
               "for "
               "loans {}</li></ul>\n",
               formatThousands(capacity), api::perWindow(reviewed.rules.window), swatch("granted"),
               formatThousands(pool.granted.value()), swatch("left"), formatThousands(left), swatch("kept"),
               formatThousands(pool.reserve.value()));
}

std::string leavingText(const ReviewPool& pool) {
    std::string text;
    for (const PlanGrant& grant : pool.leaving) {
        text += fmt::format("<li>{}: {}</li>\n", isolated(grant.team), grant.sentence);
    }
    return text.empty() ? text : "<ul>\n" + text + "</ul>\n";
}

}  // namespace

std::string grantSections(const Review& review) {
    std::string text;
    int number = 0;
    for (const ReviewPool& pool : review.pools) {
        text += section(fmt::format("pool-{}", ++number), "Who asked, who got: " + isolated(pool.rules.name), {},
                        poolBar(pool) + grantTable(review, pool) + leavingText(pool));
    }
    return text;
}

}  // namespace bursar::cli::html
