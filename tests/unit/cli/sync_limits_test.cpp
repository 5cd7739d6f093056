#include "operator/cli/run/sync_limits.hpp"

#include <catch2/catch.hpp>

#include "controllers/gateways/envoy_rate_limit/config.hpp"

using namespace bursar;
using kube::FileSet;
using kube::Json;

namespace {

void add(kube::Store& store, const std::string& name, const std::string& set, int shards, const Json& data) {
    store[{"ns", name}] = std::make_shared<const Json>(Json{
        {"metadata",
         {{"name", name}, {"annotations", {{"bursar.dev/set", set}, {"bursar.dev/shards", std::to_string(shards)}}}}},
        {"data", data}});
}

// A set of ConfigMaps l-0, l-1 …, as the operator writes it.
struct WrittenSet {
    FileSet files;
    std::string hash = gateways::setHash({files.begin(), files.end()});

    void add(kube::Store& store, int shard) const {
        const std::string name = "l-" + std::to_string(shard);
        const std::string key = name + ".yaml";
        ::add(store, name, hash, static_cast<int>(files.size()), {{key, files.at(key)}});
    }
};

const WrittenSet kOld{{{"l-0.yaml", "zero"}, {"l-1.yaml", "one"}}};
const WrittenSet kNew{{{"l-0.yaml", "0"}, {"l-1.yaml", "1"}}};
const WrittenSet kSmall{{{"l-0.yaml", "all"}}};

}  // namespace

TEST_CASE("a set is published once all of its shards are there") {
    kube::Store store;
    CHECK_FALSE(cli::completeSet(store));
    kOld.add(store, 0);
    CHECK_FALSE(cli::completeSet(store));
    kOld.add(store, 1);
    CHECK(cli::completeSet(store) == kOld.files);
}

TEST_CASE("half of a change is never in force") {
    kube::Store store;
    kNew.add(store, 0);
    kOld.add(store, 1);
    CHECK_FALSE(cli::completeSet(store));
    kNew.add(store, 1);
    CHECK(cli::completeSet(store) == kNew.files);
}

TEST_CASE("a set that shrinks is complete before its last shard is gone") {
    kube::Store store;
    kSmall.add(store, 0);
    kOld.add(store, 1);
    CHECK(cli::completeSet(store) == kSmall.files);
}

TEST_CASE("what somebody edited by hand is not put in force") {
    kube::Store store;
    add(store, "l-0", kSmall.hash, 1, {{"l-0.yaml", "all, and more for me"}});
    CHECK_FALSE(cli::completeSet(store));
    add(store, "l-0", kSmall.hash, 1, {{"l-0.yaml", "all"}, {"mine.yaml", "more for me"}});
    CHECK_FALSE(cli::completeSet(store));
    kSmall.add(store, 0);
    CHECK(cli::completeSet(store) == kSmall.files);
}

TEST_CASE("what is not a set of ours is never published") {
    kube::Store store;
    store[{"ns", "x"}] = std::make_shared<const Json>(Json{{"metadata", {{"name", "x"}}}, {"data", {{"a", "b"}}}});
    CHECK_FALSE(cli::completeSet(store));
    add(store, "empty", "cc", 1, Json::object());
    CHECK_FALSE(cli::completeSet(store));
}
