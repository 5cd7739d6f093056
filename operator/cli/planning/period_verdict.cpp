#include "operator/cli/planning/period_verdict.hpp"

#include <fmt/format.h>

#include "controllers/treasury/throttling.hpp"

namespace bursar::cli {

std::string verdictOf(const treasury::Haircut::Term& term, int tolerancePercent) {
    if (treasury::isThrottled(term.throttledPercent) && term.overPercent == "0.0") {
        return fmt::format("does not count: refused tokens in {} % of the windows", term.throttledPercent);
    }
    return term.overPercent == "0.0" ? fmt::format("at most the tolerance of {} %", tolerancePercent) : "counts";
}

}  // namespace bursar::cli
