// JSON written as YAML for people and for `yq`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bursar::cli {

// Block style, members in their order. Every string that a reader of YAML 1.1 or 1.2 could take for something else, or
// that holds more than letters, digits and a few signs, is quoted as JSON quotes it: YAML reads that the same.
std::string toYaml(const nlohmann::ordered_json& value);

}  // namespace bursar::cli
