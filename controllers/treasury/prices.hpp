// Which price holds for a model on a day, and where in a period prices change. Pure.
//
// Source of the rule: the design, §3 chargeback: the longest matching glob wins; of one glob the price that became
// effective last. A longer glob that is not effective yet leaves the day to a shorter one.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "controllers/api/pricing.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

// Null where the model has no price on that day. Of globs of one length the first by the alphabet wins.
const api::ModelPrice* priceOn(const api::Pricing& pricing, std::string_view model, Instant day);

// `period` cut where any price becomes effective within it: spans of whole days in which no price changes.
std::vector<TimeWindow> priceSpans(const api::Pricing& pricing, const TimeWindow& period);

}  // namespace bursar::treasury
