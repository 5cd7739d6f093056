#include "operator/cli/version.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {

std::string versionText(bool json) {
    const std::string commit{sourceCommit()};
    if (json) {
        const nlohmann::ordered_json out = {
            {"version", releaseVersion()},
            {"commit", commit.empty() ? nlohmann::json(nullptr) : nlohmann::json(commit)}};
        return jsonText(out, 2) + "\n";
    }
    return fmt::format("bursar {}{}\n", releaseVersion(), commit.empty() ? "" : " (commit " + commit + ")");
}

}  // namespace bursar::cli
