// The price of a model on a day, and the days of a period on which prices change. Pure.
//
// Source of the rule: docs/design.md §3, chargeback. The longest matching glob wins; among prices of one glob, the one
// that became effective last. A longer glob that is not effective yet does not count.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "controllers/api/pricing.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

// Null if the model has no price on that day. Among globs of the same length, the first in the alphabet wins.
const api::ModelPrice* priceOn(const api::Pricing& pricing, std::string_view model, Instant day);

// Splits `period` wherever a price becomes effective: spans of whole days without a change of price.
std::vector<TimeWindow> priceSpans(const api::Pricing& pricing, const TimeWindow& period);

}  // namespace bursar::treasury
