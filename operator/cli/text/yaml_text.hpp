// JSON as YAML, for people and for `yq`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bursar::cli {

// Block style, members in their order. A string is quoted as in JSON (YAML reads it the same) if a reader of YAML 1.1
// or 1.2 could take it for another type, or if it has more than letters, digits and a few signs.
std::string toYaml(const nlohmann::ordered_json& value);

}  // namespace bursar::cli
