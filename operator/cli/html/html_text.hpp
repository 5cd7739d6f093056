// Text of the pages that Bursar writes: what people wrote made harmless, and dates in words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controllers/treasury/planning_period.hpp"

namespace bursar::cli::html {

// Text that other people wrote, for an element or a quoted attribute: no markup, no control characters.
std::string escaped(std::string_view text);
// The same in an element of its own, so that a name in another direction of writing does not reorder what is around it.
std::string isolated(std::string_view text);

// `1–14 Nov`, `15 Oct – 14 Nov`; the year is the page's.
std::string shortDays(const treasury::TimeWindow& span);
// `1 December 2026`, and `November 2026` or `Fourth quarter of 2026`.
std::string longDate(Instant day);
std::string longName(const treasury::PlanningPeriod& period);
// `1 December 2026, 08:00 UTC`, in an element that machines read, too.
std::string moment(Instant at);

}  // namespace bursar::cli::html
