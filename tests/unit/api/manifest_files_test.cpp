// Which files are read and in which order, and the errors of files that cannot be read.
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "controllers/api/manifests/manifest.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar::api;
namespace fs = std::filesystem;

namespace {

std::string manifest(const std::string& kind) { return "apiVersion: v1\nkind: " + kind + "\n"; }

struct Read {
    std::vector<std::string> kinds;
    std::vector<std::string> errors;
};

Read readAll(const std::vector<std::string>& paths, bool recursive, const std::string& input = "") {
    std::istringstream in{input};
    Read read;
    const ManifestSet set = readManifests(paths, recursive, in);
    for (const Manifest& each : set.manifests) read.kinds.push_back(each.object["kind"]);
    for (const ManifestError& error : set.errors) read.errors.push_back(error.toString());
    return read;
}

}  // namespace

TEST_CASE("a directory's manifests are read in order of name, subdirectories only when asked") {
    const bursar::testing::TemporaryDirectory folder;
    const fs::path root = folder.path();
    fs::create_directories(root / "b" / "deeper");
    folder.write("c.yml", manifest("C"));
    folder.write("a.yaml", manifest("A"));
    folder.write("d.json", R"({"apiVersion": "v1", "kind": "D"})");
    folder.write("README.md", "not a manifest: [");
    folder.write("b/deeper/x.yaml", manifest("X"));
    CHECK(readAll({root.string()}, false).kinds == std::vector<std::string>{"A", "C", "D"});
    CHECK(readAll({root.string()}, true).kinds == std::vector<std::string>{"A", "X", "C", "D"});
    CHECK(readAll({(root / "d.json").string(), "-", (root / "a.yaml").string()}, false, manifest("I")).kinds ==
          std::vector<std::string>{"D", "I", "A"});
}

TEST_CASE("a file that cannot be read is an error, and the others are read") {
    const bursar::testing::TemporaryDirectory folder;
    const std::string root = folder.path().string();
    fs::create_directories(folder.path() / "empty" / "below");
    folder.write("empty/below/x.yaml", manifest("X"));
    folder.write("a.yaml", manifest("A"));
    const Read read = readAll({root + "/none.yaml", root + "/empty", root + "/a.yaml"}, false);
    CHECK(read.kinds == std::vector<std::string>{"A"});
    CHECK(read.errors ==
          std::vector<std::string>{
              root + "/none.yaml: cannot be read: No such file or directory",
              root + "/empty: holds no .yaml, .yml or .json file; give -R to look into its subdirectories"});
}

TEST_CASE("symbolic links that form a loop end") {
    const bursar::testing::TemporaryDirectory folder;
    const fs::path root = folder.path();
    folder.write("a.yaml", manifest("A"));
    fs::create_directory_symlink(root, root / "again");
    fs::create_symlink(root / "loop.yaml", root / "loop.yaml");
    fs::create_symlink(root / "a.yaml", root / "b.yaml");
    fs::create_directory_symlink(root, root / "c.yaml");
    const Read read = readAll({root.string()}, true);
    CHECK(read.kinds == std::vector<std::string>{"A", "A"});
    CHECK(read.errors == std::vector<std::string>{(root / "loop.yaml").string() +
                                                  ": cannot be read: Too many levels of symbolic links"});
}

TEST_CASE("a file without an end is refused") {
    CHECK(readAll({"/dev/zero"}, false).errors ==
          std::vector<std::string>{"/dev/zero: is larger than 16 MiB; split it"});
}
