// Reads what manifests say beside what decisions depend on: the charter, and why a team asks. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "operator/cli/review/review.hpp"

namespace bursar::cli {

// Of an AllocationPolicy. What is not there, or is no text, is empty.
ReviewWords::Charter charterOf(const nlohmann::json& policy);

// Adds the justifications of a TeamQuota.
void addJustifications(const nlohmann::json& quota, ReviewWords& words);

}  // namespace bursar::cli
