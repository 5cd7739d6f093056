// From what a team asked for to what it was granted, as the steps of a waterfall chart: every term of docs/design.md §3
// with its number and, in words for somebody who has never seen the formula, why. Pure; nothing is decided here.
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
    std::int64_t from = 0;  // a bar reaches from here
    std::int64_t to = 0;    // to here; of everything but a change it begins at 0
    // Where a haircut that is only shown would have led to.
    std::optional<std::int64_t> wouldLeadTo;

    [[nodiscard]] std::int64_t change() const { return to - from; }
};

// What a grant's reader needs to know of the policy beside the terms.
struct WaterfallRules {
    api::BudgetWindow window = api::BudgetWindow::Day;
    api::Period period = api::Period::Quarter;
    api::Enforcement enforcement = api::Enforcement::Advisory;
};

// Each step begins where the one before it ended; the last one is the grant.
std::vector<WaterfallStep> waterfallOf(const treasury::Rationale& rationale, const WaterfallRules& rules);

}  // namespace bursar::cli
