#include <fmt/format.h>

#include <algorithm>

#include "operator/cli/html/html_bars.hpp"
#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"
#include "operator/cli/planning/period_verdict.hpp"
#include "operator/cli/review/review_html.hpp"
#include "operator/cli/text/change_text.hpp"

namespace bursar::cli::html {
namespace {

using api::formatThousands;
using Kind = WaterfallStep::Kind;

// Longer reviews begin folded up; paper shows everything.
constexpr std::size_t kUnfolded = 12;
// More would make a page too large for browsers; it says where to find the others.
constexpr std::size_t kMostShown = 400;

std::string_view classOf(const WaterfallStep& step) {
    switch (step.kind) {
        case Kind::Asked:
            return "asked";
        case Kind::Subtotal:
            return "plain";
        case Kind::Granted:
            return "granted";
        case Kind::Change:
            break;
    }
    return step.change() < 0 ? "cut" : "rise";
}

std::string numberOf(const WaterfallStep& step) {
    return step.kind == Kind::Change ? changeText(step.change()) : formatThousands(step.to);
}

// Parts of a row's width. Heights are pixels: the height of a row depends on its words, and the bar is beside the first
// line.
std::string acrossRow(std::int64_t length) { return fmt::format("{}.{:02}%", length / 100, length % 100); }

// A line from the end of a bar to the next bar, or from the one before.
std::string connector(std::int64_t at, std::string_view from, std::string_view to) {
    return fmt::format("<line class=\"connector\" x1=\"{0}\" x2=\"{0}\" y1=\"{1}\" y2=\"{2}\"/>", acrossRow(at), from,
                       to);
}

std::string stepRectangle(std::string_view fill, std::int64_t from, std::int64_t to) {
    return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"8\" width=\"{}\" height=\"18\"/>", fill, acrossRow(from),
                       acrossRow(to - from));
}

std::string stepBar(const WaterfallStep& step, std::int64_t largest, bool last) {
    const std::int64_t from = lengthOf(std::min(step.from, step.to), largest);
    const std::int64_t to = lengthOf(std::max(step.from, step.to), largest);
    std::string inside;
    if (step.kind != Kind::Asked) {
        inside += connector(lengthOf(step.kind == Kind::Change ? step.from : step.to, largest), "0", "17");
    }
    if (!last) inside += connector(lengthOf(step.to, largest), "17", "100%");
    if (to > from) inside += stepRectangle(classOf(step), from, to);
    if (step.wouldLeadTo) inside += stepRectangle("would", lengthOf(*step.wouldLeadTo, largest), from);
    return fmt::format("<svg class=\"step\" role=\"img\"><title>{}: {}</title>{}</svg>", step.term, numberOf(step),
                       inside);
}

std::string_view rowClass(const WaterfallStep& step) {
    if (step.kind != Kind::Change) return step.kind == Kind::Granted ? "sum last" : "sum";
    return step.change() == 0 ? "idle" : "changed";
}

std::string waterfallTable(const Review& review, const ReviewPool& pool, const ReviewBudget& budget) {
    const std::vector<WaterfallStep> steps = waterfallOf(budget.terms(), review.rulesOf(pool));
    std::int64_t largest = 0;
    for (const WaterfallStep& step : steps) largest = std::max({largest, step.from, step.to});
    std::string text = fmt::format(
        "<table class=\"chart waterfall\">\n<caption>From forecast to grant, tokens {}</caption>\n<thead><tr><th "
        "scope=\"col\">Step</th><td class=\"drawn\"></td><th scope=\"col\" class=\"number\">Tokens</th></tr></thead>\n"
        "<tbody>\n",
        api::perWindow(pool.rules.window));
    for (const WaterfallStep& step : steps) {
        text += fmt::format(
            "<tr class=\"{}\"><th scope=\"row\">{}<small>{}</small></th><td class=\"drawn\">{}</td>{}</tr>\n",
            rowClass(step), step.term, step.why, stepBar(step, largest, &step == &steps.back()),
            number(numberOf(step)));
    }
    return text + "</tbody>\n</table>\n";
}

std::string periodTable(const Review& review, const ReviewPool& pool, const ReviewBudget& budget) {
    if (budget.periods.empty()) return {};
    std::int64_t largest = 0;
    for (const auto& term : budget.periods) largest = std::max({largest, term.forecast, term.actual});
    std::string text = fmt::format(
        "<table class=\"chart periods\">\n<caption>Closed periods: forecast and use, tokens {}</caption>\n<thead><tr>"
        "<th scope=\"col\">Period</th><td class=\"drawn\"></td><th scope=\"col\" class=\"number wide\">Forecast</th>"
        "<th scope=\"col\" class=\"number wide\">Used</th><th scope=\"col\" class=\"number\">Error</th></tr></thead>\n"
        "<tbody>\n",
        api::perWindow(pool.rules.window));
    for (const auto& term : budget.periods) {
        const std::string verdict = verdictOf(term, review.policy->forecastDiscipline.tolerancePercent);
        text += chartRow(
            fmt::format("{}<small>{}</small>", term.period, verdict),
            pairBar(fmt::format("forecast {}, used {}", formatThousands(term.forecast), formatThousands(term.actual)),
                    {"asked", lengthOf(term.forecast, largest)}, {"used", lengthOf(term.actual, largest)}),
            fmt::format("<td class=\"number wide\">{}</td><td class=\"number wide\">{}</td>",
                        formatThousands(term.forecast), formatThousands(term.actual)) +
                number(errorText(term)));
    }
    return text + "</tbody>\n</table>\n";
}

std::string budgetDetails(const Review& review, const ReviewPool& pool, const ReviewBudget& budget, bool open) {
    std::string heading = isolated(budget.grant.team);
    if (review.pools.size() > 1) heading += " <span class=\"in\">in " + isolated(pool.rules.name) + "</span>";
    std::string text = fmt::format("<p class=\"sentence\">{}</p>\n", budget.grant.sentence);
    if (!budget.justification.empty()) {
        text += fmt::format("<p class=\"words\">In the team’s words: <q>{}</q></p>\n", isolated(budget.justification));
    }
    text += waterfallTable(review, pool, budget) + periodTable(review, pool, budget);
    return folded(heading,
                  fmt::format("{}<span class=\"wide\"> {}</span>", formatThousands(budget.terms().grant),
                              api::perWindow(pool.rules.window)),
                  text, open);
}

}  // namespace

std::string whySection(const Review& review) {
    std::size_t count = 0;
    for (const ReviewPool& pool : review.pools) count += pool.budgets.size();
    if (count == 0) return {};
    std::string text;
    std::size_t shown = 0;
    for (const ReviewPool& pool : review.pools) {
        for (const ReviewBudget& budget : pool.budgets) {
            if (shown++ < kMostShown) text += budgetDetails(review, pool, budget, count <= kUnfolded);
        }
    }
    if (count > kMostShown) {
        text += fmt::format("<p class=\"lead\">And {} more, which <code>bursar explain</code> shows.</p>\n",
                            formatThousands(static_cast<std::int64_t>(count - kMostShown)));
    }
    return section(
        "why", "Why: from forecast to grant",
        "Each bar begins where the one before it ended. What a team asked for is cut by its haircut, mixed with "
        "what it used, held between floor and ceiling, and where all claims do not fit the pool cut to a fair "
        "share.",
        text);
}

}  // namespace bursar::cli::html
