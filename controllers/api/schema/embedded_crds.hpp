// The files crds/*.yaml, embedded when Bursar is built (cmake/embed_files.cmake).
#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace bursar::api {

// Name and text of each file, sorted by name.
const std::vector<std::pair<std::string_view, std::string_view>>& embeddedCrds();

}  // namespace bursar::api
