// One sentence that explains a grant with every number that led to it.
#pragma once

#include <string>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/decisions.hpp"

namespace bursar::treasury {

// "Granted 212,000,000 a day: claim 240,000,000 (half of last quarter's 200,000,000 and half of the forecast
// 280,000,000, no haircut), limited by fair share at weight 100 (level 2,120,000)."
std::string sentenceFor(const Rationale& rationale, api::BudgetWindow window, api::Period period);

}  // namespace bursar::treasury
