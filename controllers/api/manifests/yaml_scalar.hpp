// The JSON value of a YAML scalar, as sigs.k8s.io/yaml (go-yaml v2) resolves it for kubectl.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar::api {

// A plain scalar without a tag: YAML 1.1's booleans (yes, on, y …) and nulls, integers in base 2, 8, 10 and 16, floats;
// anything else is a string. A whole float becomes an integer, as in kubectl's conversion to JSON.
// InvalidArgument for NaN, infinities and numbers that fit neither an int64, a uint64 nor a double. go-yaml would
// read the latter as a big integer or, silently, as a string.
Result<nlohmann::json> resolvePlainScalar(std::string_view text);

// A scalar under a tag (`!` or `tag:yaml.org,2002:…`, as the parser expands it). InvalidArgument if the text is not
// of that type, or if the tag is not one of str, int, float, bool, null and timestamp.
Result<nlohmann::json> resolveTaggedScalar(std::string_view tag, std::string_view text);

}  // namespace bursar::api
