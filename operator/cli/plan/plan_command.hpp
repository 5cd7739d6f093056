// `bursar plan`: what would be granted, and why, if these manifests were applied; before and after.
#pragma once

#include <string>

#include "operator/cli/manifests/plan_inputs.hpp"

namespace bursar::cli {

enum class PlanFormat { Table, Json, Markdown };

// Exit code 0: fine; 2: a manifest, or a row of the history, is invalid; 3: the policy refuses something (a loan
// denied, an overcommitment); 1: nothing could be planned.
Answer runPlan(const PlanOptions& options, PlanFormat format, const Surroundings& surroundings);

}  // namespace bursar::cli
