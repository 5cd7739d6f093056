// Reads texts of manifests on which no decision depends: the charter, and justifications. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "operator/cli/review/review.hpp"

namespace bursar::cli {

// The charter of an AllocationPolicy. Fields that are absent, or not strings, are empty.
ReviewWords::Charter charterOf(const nlohmann::json& policy);

// Adds the justifications of a TeamQuota.
void addJustifications(const nlohmann::json& quota, ReviewWords& words);

}  // namespace bursar::cli
