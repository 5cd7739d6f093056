// Expected output under tests/golden (the macro BURSAR_GOLDEN names the folder).
#pragma once

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

namespace bursar::testing {

// Compares with the file `name`; BURSAR_UPDATE_GOLDEN=1 writes it instead.
inline void checkGolden(const std::string& name, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path{BURSAR_GOLDEN} / name;
    if (std::getenv("BURSAR_UPDATE_GOLDEN") != nullptr) std::ofstream{path} << text;
    CHECK(text == readAll(path));
}

// The process is in another folder while this lives, so that paths in messages are the same on every machine.
class WorkingDirectory {
  public:
    explicit WorkingDirectory(const std::filesystem::path& folder) : before_(std::filesystem::current_path()) {
        std::filesystem::current_path(folder);
    }
    ~WorkingDirectory() { std::filesystem::current_path(before_); }
    WorkingDirectory(const WorkingDirectory&) = delete;
    WorkingDirectory& operator=(const WorkingDirectory&) = delete;

  private:
    std::filesystem::path before_;
};

}  // namespace bursar::testing
