// The version of this binary.
#pragma once

#include <string>
#include <string_view>

namespace bursar::cli {

// The release: `0.1.0`.
std::string_view releaseVersion();

// The commit of the sources, shortened, with `-dirty` if files differed from it; empty for a build outside a git
// checkout.
std::string_view sourceCommit();

// One line for people, or the JSON document {"version", "commit"}.
std::string versionText(bool json);

}  // namespace bursar::cli
