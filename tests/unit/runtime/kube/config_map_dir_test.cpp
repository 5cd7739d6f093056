#include "operator/runtime/kube/config_map_dir.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using bursar::kube::ConfigMapDir;
using bursar::testing::readAll;
using bursar::testing::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> visibleNames(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{folder}) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("..")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

TEST_CASE("files appear as in a ConfigMap volume, and a new set replaces the old one whole") {
    const TemporaryDirectory folder;
    ConfigMapDir directory{folder.path() / "config"};
    REQUIRE(directory.publish({{"a.yaml", "1"}, {"b.yaml", "2"}}));
    CHECK(visibleNames(folder.path() / "config") == std::vector<std::string>{"a.yaml", "b.yaml"});
    CHECK(readAll(folder.path() / "config" / "a.yaml") == "1");
    CHECK(fs::is_symlink(folder.path() / "config" / "..data"));
    CHECK(fs::read_symlink(folder.path() / "config" / "a.yaml") == "..data/a.yaml");

    REQUIRE(directory.publish({{"b.yaml", "22"}, {"c.yaml", "3"}}));
    CHECK(visibleNames(folder.path() / "config") == std::vector<std::string>{"b.yaml", "c.yaml"});
    CHECK(readAll(folder.path() / "config" / "b.yaml") == "22");
    const auto entries = std::distance(fs::directory_iterator{folder.path() / "config"}, fs::directory_iterator{});
    CHECK(entries == 4);  // two files, ..data, and the one folder it names
}

TEST_CASE("a name that could leave the directory is refused and nothing changes") {
    const TemporaryDirectory folder;
    ConfigMapDir directory{folder.path() / "config"};
    REQUIRE(directory.publish({{"a.yaml", "1"}}));
    for (const char* name : {"../evil", "..data", "", ".", "a/b", "a b"}) {
        const auto refused = directory.publish({{name, "x"}});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::InvalidArgument);
    }
    CHECK(readAll(folder.path() / "config" / "a.yaml") == "1");
}

TEST_CASE("where the file system refuses, the error says so and the old set stays") {
    const TemporaryDirectory folder;
    folder.write("file", "in the way");
    ConfigMapDir directory{folder.path() / "file" / "config"};
    const auto refused = directory.publish({{"a.yaml", "1"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::Unavailable);
}
