// `bursar plan`: grants before and after these manifests are applied, and why.
#pragma once

#include <string>

#include "operator/cli/manifests/plan_inputs.hpp"

namespace bursar::cli {

enum class PlanFormat { Table, Json, Markdown };

// Exit code 0: fine; 2: a manifest or a row of the history is invalid; 3: the policy refuses something (a loan is
// denied, floors exceed a pool); 1: nothing can be planned.
Answer runPlan(const PlanOptions& options, PlanFormat format, const Surroundings& surroundings);

}  // namespace bursar::cli
