#include "operator/runtime/kube/config_map_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace bursar::kube {
namespace {

namespace fs = std::filesystem;

constexpr const char* kData = "..data";

// A name that Kubernetes allows as a ConfigMap key and that a volume does not use itself.
bool isFileName(const std::string& name) {
    if (name.empty() || name.size() > 253 || name.starts_with("..")) return false;
    return std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; }) &&
           name != ".";
}

}  // namespace

Result<void> ConfigMapDir::publish(const FileSet& files) {
    for (const auto& [name, content] : files) {
        if (!isFileName(name)) {
            return makeError(ErrorCode::InvalidArgument, fmt::format("\"{}\" is not a valid key of a ConfigMap", name));
        }
    }
    try {
        return publishChecked(files);
    } catch (const fs::filesystem_error& problem) {
        return makeError(ErrorCode::Unavailable, problem.what());
    }
}

Result<void> ConfigMapDir::publishChecked(const FileSet& files) {
    fs::create_directories(directory_);
    const auto stamp = std::chrono::system_clock::now().time_since_epoch().count();
    const std::string fresh = fmt::format("..{}", stamp);
    fs::create_directory(directory_ / fresh);
    for (const auto& [name, content] : files) {
        std::ofstream file{directory_ / fresh / name, std::ios::binary};
        file << content;
        file.close();
        if (!file) {
            fs::remove_all(directory_ / fresh);
            return makeError(ErrorCode::Unavailable, fmt::format("{} cannot be written", (directory_ / name).string()));
        }
    }
    std::error_code none;
    const fs::path before = fs::read_symlink(directory_ / kData, none);
    const fs::path swap = directory_ / "..data_tmp";
    fs::remove(swap, none);
    fs::create_symlink(fresh, swap);
    fs::rename(swap, directory_ / kData);
    for (const auto& [name, content] : files) {
        if (!fs::is_symlink(directory_ / name)) fs::create_symlink(fs::path{kData} / name, directory_ / name);
    }
    for (const auto& entry : fs::directory_iterator{directory_}) {
        const std::string name = entry.path().filename().string();
        if (entry.is_symlink() && name != kData && !files.contains(name)) fs::remove(entry.path());
    }
    if (!before.empty()) fs::remove_all(directory_ / before);
    return {};
}

}  // namespace bursar::kube
