#include "operator/cli/statement_html.hpp"

#include <fmt/format.h>

#include "operator/cli/printable.hpp"

namespace bursar::cli {
namespace html {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string isolated(std::string_view text) { return "<bdi>" + escaped(text) + "</bdi>"; }

namespace {

constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};

}  // namespace

std::string longDate(Instant day) {
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(day)};
    return fmt::format("{} {} {}", static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()));
}

std::string shortDays(const treasury::TimeWindow& span) {
    const std::chrono::year_month_day first{std::chrono::floor<std::chrono::days>(span.start)};
    const std::chrono::year_month_day last{std::chrono::floor<std::chrono::days>(span.end - Duration{1})};
    const auto month = [](const std::chrono::year_month_day& date) {
        return std::string{kMonths[static_cast<unsigned>(date.month()) - 1]}.substr(0, 3);
    };
    const std::string to = fmt::format("{} {}", static_cast<unsigned>(last.day()), month(last));
    if (first == last) return to;
    if (first.month() == last.month()) return fmt::format("{}–{}", static_cast<unsigned>(first.day()), to);
    return fmt::format("{} {} – {}", static_cast<unsigned>(first.day()), month(first), to);
}

std::string longName(const treasury::PlanningPeriod& period) {
    constexpr const char* kQuarters[] = {"First", "Second", "Third", "Fourth"};
    if (period.kind == api::Period::Month) return fmt::format("{} {}", kMonths[period.number - 1], period.year);
    return fmt::format("{} quarter of {}", kQuarters[period.number - 1], period.year);
}

std::string_view typeTitle(api::TokenType type) {
    switch (type) {
        case api::TokenType::Input:
            return "Input";
        case api::TokenType::CachedInput:
            return "Cached input";
        case api::TokenType::Output:
            return "Output";
    }
    return {};
}

}  // namespace html

namespace {

using namespace html;
using treasury::Statement;

std::string fact(std::string_view title, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", title, value);
}

std::string moment(Instant at) {
    const std::string text = formatInstant(at);
    return fmt::format("<time datetime=\"{}\">{}, {} UTC</time>", text, longDate(at), text.substr(11, 5));
}

std::string headElement(const StatementReport& report) {
    const std::string part = report.costCenter ? ", " + escaped(costCenterTitle(*report.costCenter)) : std::string{};
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        // Nothing is loaded and nothing is run, whatever a name holds.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>Token statement, {}{}</title>\n<style>{}</style>\n</head>\n",
        longName(report.statement.period), part, kStyle);
}

std::string masthead(const StatementReport& report) {
    const Statement& statement = report.statement;
    const treasury::StatementTotal total = totalOf(statement);
    std::string text =
        fmt::format("<header>\n<p class=\"kind\">Token statement{}</p>\n<h1>{}</h1>\n",
                    statement.closed ? "" : " <strong class=\"draft\">Draft</strong>", longName(statement.period));
    if (report.costCenter)
        text += fmt::format("<p class=\"of\">{}</p>\n", isolated(costCenterTitle(*report.costCenter)));
    text += fmt::format(
        "<p class=\"total\"><span class=\"label\">Total</span> <data value=\"{}\">{}</data> <span "
        "class=\"unit\">{}</span></p>\n",
        api::formatMoney(total.amount, statement.digits()), api::formatMoneyForPeople(total.amount, statement.digits()),
        escaped(statement.currency));
    text += "<dl class=\"facts\">\n" + fact("Tokens", api::formatThousands(total.tokens)) +
            fact("Policy", isolated(statement.policy)) +
            fact(statement.closed ? "Closed" : "Drawn up", moment(statement.issuedAt)) +
            fact("Metered until", moment(statement.meteredUntil));
    if (!statement.sponsor.empty()) text += fact("Sponsor", isolated(statement.sponsor));
    if (!statement.financeContact.empty()) text += fact("Finance contact", isolated(statement.financeContact));
    return text + "</dl>\n</header>\n";
}

std::string warningList(const Statement& statement) {
    const auto warnings = warningsOf(statement);
    if (warnings.empty()) return {};
    std::string text =
        "<section class=\"warnings\" aria-labelledby=\"warnings\">\n<h2 id=\"warnings\">Before you read "
        "on</h2>\n<ul>\n";
    for (const std::string& warning : warnings) text += fmt::format("<li>{}</li>\n", isolated(warning));
    return text + "</ul>\n</section>\n";
}

std::string footer() {
    return "<footer>\n<p>An amount is a whole number of tokens times the price of a million, rounded half to even to "
           "the "
           "currency’s minor unit, line by line; every total is the sum of its lines. Days are calendar days in "
           "UTC.</p>\n</footer>\n";
}

}  // namespace

std::string renderHtml(const StatementReport& report) {
    const Statement& statement = report.statement;
    return headElement(report) + "<body>\n<main>\n" + masthead(report) + warningList(statement) +
           costCenterChart(report) + trendChart(report) + modelChart(report) + lineTables(report) +
           forecastTable(statement) + loanTable(statement) + idleTable(statement) + footer() +
           "</main>\n</body>\n</html>\n";
}

}  // namespace bursar::cli
