#include "operator/cli/sync_limits.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using kube::Json;

namespace {

void add(kube::Store& store, const std::string& name, const std::string& set, int shards, const Json& data) {
    store[{"ns", name}] = std::make_shared<const Json>(Json{
        {"metadata",
         {{"name", name},
          {"annotations", {{"bursar.dev/set", set}, {"bursar.dev/shards", std::to_string(shards)}}}}},
        {"data", data}});
}

}  // namespace

TEST_CASE("a set is published once all of its shards are there") {
    kube::Store store;
    CHECK_FALSE(cli::completeSet(store));
    add(store, "l-0", "aa", 2, {{"l-0.yaml", "zero"}});
    CHECK_FALSE(cli::completeSet(store));
    add(store, "l-1", "aa", 2, {{"l-1.yaml", "one"}});
    CHECK(cli::completeSet(store) == kube::FileSet{{"l-0.yaml", "zero"}, {"l-1.yaml", "one"}});
}

TEST_CASE("half of a change is never in force") {
    kube::Store store;
    add(store, "l-0", "bb", 2, {{"l-0.yaml", "new"}});
    add(store, "l-1", "aa", 2, {{"l-1.yaml", "old"}});
    CHECK_FALSE(cli::completeSet(store));
    add(store, "l-1", "bb", 2, {{"l-1.yaml", "new"}});
    CHECK(cli::completeSet(store)->at("l-1.yaml") == "new");
}

TEST_CASE("a set that shrinks is complete before its last shard is gone") {
    kube::Store store;
    add(store, "l-0", "bb", 1, {{"l-0.yaml", "new"}});
    add(store, "l-1", "aa", 2, {{"l-1.yaml", "old"}});
    CHECK(cli::completeSet(store) == kube::FileSet{{"l-0.yaml", "new"}});
}

TEST_CASE("what is not a set of ours is never published") {
    kube::Store store;
    store[{"ns", "x"}] = std::make_shared<const Json>(Json{{"metadata", {{"name", "x"}}}, {"data", {{"a", "b"}}}});
    CHECK_FALSE(cli::completeSet(store));
    add(store, "empty", "cc", 1, Json::object());
    CHECK_FALSE(cli::completeSet(store));
}
