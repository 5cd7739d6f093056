// From a team's forecast to its grant, as the steps of a waterfall chart: every term of docs/design.md §3 with its
// number and the reason, in words for readers who do not know the formula. Pure; nothing is decided here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/decisions.hpp"

namespace bursar::cli {

struct WaterfallStep {
    enum class Kind { Asked, Subtotal, Change, Granted };
    Kind kind = Kind::Change;
    std::string term;
    std::string why;
    std::int64_t from = 0;  // start of the bar; 0 unless the step is a change
    std::int64_t to = 0;    // its end
    // The end if an advisory haircut were applied.
    std::optional<std::int64_t> wouldLeadTo;

    [[nodiscard]] std::int64_t change() const { return to - from; }
};

// Properties of the policy that the reasons need.
struct WaterfallRules {
    api::BudgetWindow window = api::BudgetWindow::Day;
    api::Period period = api::Period::Quarter;
    api::Enforcement enforcement = api::Enforcement::Advisory;
};

// Each step begins where the one before it ended; the last one is the grant.
std::vector<WaterfallStep> waterfallOf(const treasury::Rationale& rationale, const WaterfallRules& rules);

}  // namespace bursar::cli
