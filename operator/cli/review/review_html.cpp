#include "operator/cli/review/review_html.hpp"

#include <fmt/format.h>

#include "operator/cli/html/html_page.hpp"
#include "operator/cli/html/html_text.hpp"

namespace bursar::cli {
namespace {

using namespace html;

// A link for web addresses only; every other text stays text.
std::string documentLink(const std::string& url) {
    if (!url.starts_with("https://") && !url.starts_with("http://")) return isolated(url);
    return fmt::format("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>", escaped(url), isolated(url));
}

std::string masthead(const Review& review) {
    const ReviewWords::Charter& charter = review.charter;
    std::string text =
        fmt::format("<header>\n<p class=\"kind\">Allocation review</p>\n<h1>{}</h1>\n", longName(review.period));
    if (review.cost) {
        const treasury::Statement& statement = review.cost->statement;
        const treasury::StatementTotal total = totalOf(statement);
        text += fmt::format(
            "<p class=\"total\"><span class=\"label\">Cost of {}{}</span> <data value=\"{}\">{}</data> <span "
            "class=\"unit\">{}</span></p>\n",
            statement.period.toString(), statement.closed ? "" : " so far",
            api::formatMoney(total.amount, statement.digits()),
            api::formatMoneyForPeople(total.amount, statement.digits()), escaped(statement.currency));
    }
    text += "<dl class=\"facts\">\n";
    text += fact("Sponsor", charter.sponsor.empty() ? "none is named" : isolated(charter.sponsor));
    if (!charter.document.empty()) text += fact("Charter", documentLink(charter.document));
    if (!charter.approvedOn.empty()) text += fact("Approved on", isolated(charter.approvedOn));
    text += fact("Policy", isolated(review.policy->meta.name)) + fact("Decided as of", moment(review.at)) +
            fact("Teams", api::formatThousands(static_cast<std::int64_t>(review.teamCount()))) +
            fact("Haircuts", std::string{enforcementTitle(review.enforcement())});
    return text + "</dl>\n</header>\n";
}

std::string inShort(const Review& review) {
    std::string text = "<ul class=\"short\">\n";
    for (const std::string& sentence : summaryOf(review, [](const std::string& name) { return isolated(name); }))
        text += "<li>" + sentence + "</li>\n";
    return section("short", "In short", {}, text + "</ul>\n");
}

std::string footer() {
    return "<footer>\n<p>Every number is what the policy’s rules decide of the requests: the same inputs always give "
           "the "
           "same grants, in whole tokens. Periods, windows and days are in UTC. <code>bursar explain</code> prints "
           "each "
           "team’s derivation, to be checked with a pocket calculator.</p>\n</footer>\n";
}

}  // namespace

std::string renderHtml(const Review& review) {
    return page("Allocation review, " + longName(review.period), kReviewStyle,
                masthead(review) + warningList(review.notes) + inShort(review) + grantSections(review) +
                    changeSection(review) + whySection(review) + forecastSection(review) + haircutSection(review) +
                    loanSection(review) + costSection(review) + rulesSection(review) + footer());
}

}  // namespace bursar::cli
