// The three forms of a plan. Pure.
#pragma once

#include <string>

#include "operator/cli/planning/plan.hpp"

namespace bursar::cli {

// For people at a terminal: a table for each pool, the sentences, loans, problems.
std::string renderTable(const Plan& plan);

// The JSON of docs/design.md §6.
std::string renderJson(const Plan& plan);

// A comment on a pull request that fits a screen. Text that teams wrote cannot act in it.
std::string renderMarkdown(const Plan& plan);

}  // namespace bursar::cli
