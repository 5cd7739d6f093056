#include "operator/cli/html/html_text.hpp"

#include <fmt/format.h>

#include "operator/cli/text/printable.hpp"

namespace bursar::cli::html {

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
    std::string to = fmt::format("{} {}", static_cast<unsigned>(last.day()), month(last));
    if (first == last) return to;
    if (first.month() == last.month()) return fmt::format("{}–{}", static_cast<unsigned>(first.day()), to);
    return fmt::format("{} {} – {}", static_cast<unsigned>(first.day()), month(first), to);
}

std::string longName(const treasury::PlanningPeriod& period) {
    constexpr const char* kQuarters[] = {"First", "Second", "Third", "Fourth"};
    if (period.kind == api::Period::Month) return fmt::format("{} {}", kMonths[period.number - 1], period.year);
    return fmt::format("{} quarter of {}", kQuarters[period.number - 1], period.year);
}

std::string moment(Instant at) {
    const std::string text = formatInstant(at);
    return fmt::format("<time datetime=\"{}\">{}, {} UTC</time>", text, longDate(at), text.substr(11, 5));
}

}  // namespace bursar::cli::html
