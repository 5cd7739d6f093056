// Whether a closed period counts towards the haircut, in words. Pure.
#pragma once

#include <string>

#include "controllers/treasury/forecasting.hpp"

namespace bursar::cli {

// `counts`, or why the period does not.
std::string verdictOf(const treasury::Haircut::Term& term, int tolerancePercent);

}  // namespace bursar::cli
