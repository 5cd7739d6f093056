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

// Of every pool who asked, who got, and what set it.
std::string grantSections(const Review& review);
// Of every team in every pool how the grant came about, as a waterfall.
std::string whySection(const Review& review);
// Forecasts held against what was used, and what the haircuts do, or would.
std::string forecastSection(const Review& review);
std::string haircutSection(const Review& review);
// What the burst pool has, and every loan with its answer.
std::string loanSection(const Review& review);
// By cost centre and by team; empty where no statement is known.
std::string costSection(const Review& review);
// What is another than in the period before; empty where nothing is known of it.
std::string changeSection(const Review& review);
// The policy's numbers.
std::string rulesSection(const Review& review);

}  // namespace bursar::cli::html
