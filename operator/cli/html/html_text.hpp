// Text of HTML pages: untrusted text made safe, and dates in words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controllers/treasury/planning_period.hpp"

namespace bursar::cli::html {

// Untrusted text for an element or a quoted attribute, without markup or control characters.
std::string escaped(std::string_view text);
// The same in a <bdi> element, so that a name in another writing direction does not reorder the text around it.
std::string isolated(std::string_view text);

// `1–14 Nov`, `15 Oct – 14 Nov`, without the year.
std::string shortDays(const treasury::TimeWindow& span);
// `1 December 2026`, and `November 2026` or `Fourth quarter of 2026`.
std::string longDate(Instant day);
std::string longName(const treasury::PlanningPeriod& period);
// `1 December 2026, 08:00 UTC`, in a <time> element.
std::string moment(Instant at);

}  // namespace bursar::cli::html
