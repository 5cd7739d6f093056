// The derivation of a team's budget in one pool, as text that a manager can check with a pocket calculator.
//
// Pure: shows decide()'s answer term by term in the order of docs/design.md §3, and decides nothing.
#pragma once

#include <string>

#include "operator/cli/explain/budget_case.hpp"

namespace bursar::cli {

std::string explainBudget(const BudgetCase& budget);

}  // namespace bursar::cli
