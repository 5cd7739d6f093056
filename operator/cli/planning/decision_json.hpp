// Parts of the JSON of docs/design.md §6 that several verbs print.
#pragma once

#include <nlohmann/json.hpp>

#include "operator/cli/planning/plan.hpp"

namespace bursar::cli {

nlohmann::ordered_json toJson(const PlanGrant& grant);
nlohmann::ordered_json toJson(const PlanLoan& loan);
nlohmann::ordered_json toJson(const api::ManifestError& error);
// Closed periods: forecasts compared with actual use.
nlohmann::ordered_json toJson(const std::vector<treasury::Haircut::Term>& periods);

// The text of a document; invalid UTF-8 is replaced.
std::string dump(const nlohmann::ordered_json& document);

}  // namespace bursar::cli
