// Which Bursar this is.
#pragma once

#include <string>
#include <string_view>

namespace bursar::cli {

// Of the release: `0.1.0`.
std::string_view releaseVersion();

// The commit it was built from, shortened, with `-dirty` where files differed from it; empty where it was not built
// from a git checkout.
std::string_view sourceCommit();

// One line for people, or the JSON document {"version", "commit"}.
std::string versionText(bool json);

}  // namespace bursar::cli
