// Pieces of the HTML form of an allocation review. Pure.
#pragma once

#include <string>
#include <string_view>

#include "operator/cli/review/review.hpp"

namespace bursar::cli::html {

// What the page adds to the common style sheet.
extern const std::string_view kReviewStyle;

// `-11.7` as the page's other numbers are written: `−11.7 %`.
std::string errorText(const treasury::Haircut::Term& term);

// For each pool the requests, the grants, and what set them.
std::string grantSections(const Review& review);
// For each team in each pool the derivation of the grant, as a waterfall.
std::string whySection(const Review& review);
// Forecasts compared with use, and the effect of haircuts, applied or not.
std::string forecastSection(const Review& review);
std::string haircutSection(const Review& review);
// The burst pool, and every loan with its answer.
std::string loanSection(const Review& review);
// Cost by cost centre and by team; empty without a statement.
std::string costSection(const Review& review);
// Differences to the period before; empty if nothing is known about it.
std::string changeSection(const Review& review);
// The policy's numbers.
std::string rulesSection(const Review& review);

}  // namespace bursar::cli::html
