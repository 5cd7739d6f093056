// Publishes files into a directory exactly as a kubelet does for a ConfigMap volume: a new folder with all files, the
// symlink `..data` moved to it by one rename(2), and a symlink per file. A reader sees the old set or the new one.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "operator/runtime/base/result.hpp"

namespace bursar::kube {

using FileSet = std::map<std::string, std::string>;  // name → content

// Not thread-safe. One publisher per directory.
class ConfigMapDir {
  public:
    explicit ConfigMapDir(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // InvalidArgument for a name that could leave the directory; Unavailable for an error of the file system. After an
    // error the files published before stay in place.
    Result<void> publish(const FileSet& files);

  private:
    Result<void> publishChecked(const FileSet& files);

    const std::filesystem::path directory_;
};

}  // namespace bursar::kube
