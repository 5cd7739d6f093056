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
using api::LoanPhase;

const treasury::IdleReserve* reserveOf(const Review& review, const std::string& pool) {
    if (!review.cost) return nullptr;
    const auto& idle = review.cost->statement.idle;
    const auto found = std::find_if(idle.begin(), idle.end(), [&](const auto& each) { return each.pool == pool; });
    return found == idle.end() || found->reserved <= 0 ? nullptr : &*found;
}

std::string poolText(const Review& review, const ReviewPool& pool) {
    const std::int64_t lendable = pool.decision.lendable().value();
    const std::int64_t promised = pool.decision.loans.promised.value();
    const std::int64_t drawn = std::min(pool.decision.loans.drawn.value(), promised);
    const std::int64_t drawnLength = lengthOf(drawn, lendable);
    const std::int64_t promisedLength = lengthOf(promised, lendable) - drawnLength;
    std::string text = fmt::format("<h3>{}</h3>\n", isolated(pool.rules.name));
    text += fmt::format(
        "<div class=\"whole\">{}</div>\n<ul class=\"legend\"><li>{} tokens {} may be lent, of these in this "
        "window:</li>"
        "<li>{}drawn {}</li><li>{}promised and not drawn {}</li><li>{}free {}</li></ul>\n",
        bar(fmt::format("of {}: {} drawn, {} promised and not drawn, {} free", formatThousands(lendable),
                        formatThousands(drawn), formatThousands(promised - drawn),
                        formatThousands(pool.decision.free.value())),
            part("used", 0, drawnLength) + part("granted", drawnLength, promisedLength) +
                part("kept", drawnLength + promisedLength, lendable > 0 ? kScale - drawnLength - promisedLength : 0)),
        formatThousands(lendable), api::perWindow(pool.rules.window), swatch("used"), formatThousands(drawn),
        swatch("granted"), formatThousands(promised - drawn), swatch("kept"),
        formatThousands(pool.decision.free.value()));
    if (const treasury::IdleReserve* reserve = reserveOf(review, pool.rules.name)) {
        text += fmt::format("<p>In {} loans drew {} of {} reserved tokens, {} %.</p>\n",
                            review.cost->statement.period.toString(), formatThousands(reserve->drawn),
                            formatThousands(reserve->reserved), percentOfWhole(reserve->drawn, reserve->reserved));
    }
    return text;
}

// The time in which a loan is active, on the scale of all loans.
std::string whenBar(const ReviewLoan& each, const treasury::TimeWindow& all) {
    const auto place = [&](Instant at) { return lengthOf((at - all.start).count(), (all.end - all.start).count()); };
    const std::int64_t from = place(each.span.start);
    // Wide enough that an hour in a quarter is visible.
    const std::int64_t length = std::max<std::int64_t>(place(each.span.end) - from, 60);
    const bool granted = !each.loan.decision.outcome.granted.isZero();
    return bar(shortDays(each.span), part(granted ? "granted" : "kept", std::min(from, kScale - length), length));
}

std::string phaseCell(const treasury::LoanOutcome& outcome) {
    if (outcome.phase != LoanPhase::Denied) {
        return fmt::format("<td><span class=\"phase\">{}</span></td>", api::toString(outcome.phase));
    }
    return fmt::format("<td><span class=\"denied\">Denied</span><small>{}</small></td>",
                       treasury::toString(outcome.rule));
}

std::string loanRows(const ReviewLoan& each, const treasury::TimeWindow& all) {
    const treasury::LoanDecision& decision = each.loan.decision;
    std::string text = fmt::format(
        "<tbody>\n<tr><th scope=\"rowgroup\">{}<small>{}, {}, {}</small></th><td class=\"drawn "
        "wide\">{}</td>{}{}{}</tr>\n",
        isolated(decision.name), isolated(decision.team.empty() ? decision.ns : decision.team), isolated(decision.pool),
        shortDays(each.span), whenBar(each, all), number(formatThousands(each.loan.requested.value())),
        number(fmt::format("{}<small>drawn {}</small>", formatThousands(decision.outcome.granted.value()),
                           formatThousands(decision.outcome.drawn.value()))),
        phaseCell(decision.outcome));
    text += "<tr><td class=\"answer\" colspan=\"5\">";
    if (!each.reason.empty()) text += fmt::format("<small><q>{}</q></small>", isolated(each.reason));
    return text + fmt::format("<small>{}</small></td></tr>\n</tbody>\n", isolated(messageOf(decision.outcome)));
}

std::string loanTable(const Review& review) {
    if (review.loans.empty()) return {};
    treasury::TimeWindow all = review.loans.front().span;
    for (const ReviewLoan& each : review.loans) all.end = std::max(all.end, each.span.end);
    std::string table = fmt::format(
        "<table class=\"chart loans\">\n<caption>Loans from {} to {}, by start; tokens in every budget "
        "window</caption>\n<thead><tr><th scope=\"col\">Loan</th><td class=\"drawn wide\"></td><th scope=\"col\" "
        "class=\"number\">Asked</th><th scope=\"col\" class=\"number\">Granted</th><th "
        "scope=\"col\">Answer</th></tr></thead>\n",
        longDate(all.start), longDate(all.end - Duration{1}));
    for (const ReviewLoan& each : review.loans) table += loanRows(each, all);
    return scrolled("Loans", table + "</table>\n");
}

std::string drawnTable(const Review& review) {
    if (!review.cost || review.cost->statement.loans.empty()) return {};
    const treasury::Statement& statement = review.cost->statement;
    std::string table = fmt::format(
        "<table>\n<caption>Drawn on loans in {}</caption>\n<thead><tr><th scope=\"col\">Loan</th><th "
        "scope=\"col\">Pool</th><th scope=\"col\" class=\"number\">Drawn</th></tr></thead>\n<tbody>\n",
        statement.period.toString());
    for (const treasury::LoanDraw& loan : statement.loans) {
        table += fmt::format("<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td>{}</tr>\n", isolated(loan.name),
                             isolated(loan.team), isolated(loan.pool), number(formatThousands(loan.drawn.value())));
    }
    return scrolled("Drawn on loans", table + "</tbody>\n</table>\n");
}

}  // namespace

std::string loanSection(const Review& review) {
    std::string text;
    for (const ReviewPool& pool : review.pools) text += poolText(review, pool);
    return section(
        "loans", "The burst pool",
        "A part of every pool is kept for loans. The policy’s rules decide them in a fixed order, nobody approves "
        "by hand, and nobody’s grant moves.",
        text + loanTable(review) + drawnTable(review));
}

}  // namespace bursar::cli::html
