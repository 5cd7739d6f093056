// Bursar's kinds, as the embedded CRDs define them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/schema/schema.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::api {

inline constexpr std::string_view kGroup = "bursar.dev";

struct ResourceSchema {
    std::string kind;
    std::string version;  // the served version
    bool isNamespaced = false;
    Schema schema;
};

// Compiled at the first call. Internal if crds/ cannot be interpreted; a unit test checks that it can.
const Result<std::vector<ResourceSchema>>& resourceSchemas();

}  // namespace bursar::api
