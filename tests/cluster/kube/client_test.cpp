#include "operator/kube/events.hpp"
#include "tests/cluster/kube/cluster.hpp"

using namespace bursar;
using namespace bursar::kube;
using namespace bursar::testing;
using Catch::Matchers::Contains;

TEST_CASE("create, get, patch, replace, delete") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "verbs");
    const Key key{ns, "one"};
    const auto created = client->create(kConfigMaps, configMap(ns, "one", {{"a", "1"}}));
    REQUIRE(created);
    CHECK((*created)["metadata"]["uid"].get<std::string>().size() == 36);

    const auto patched = client->mergePatch(kConfigMaps, key, {{"data", {{"b", "2"}}}}, "");
    REQUIRE(patched);
    CHECK((*patched)["data"] == Json{{"a", "1"}, {"b", "2"}});

    Json object = *patched;
    object["data"] = {{"c", "3"}};
    REQUIRE(client->replace(kConfigMaps, object, ""));
    CHECK((*client->get(kConfigMaps, key))["data"] == Json{{"c", "3"}});

    REQUIRE(client->remove(kConfigMaps, key, "", ""));
    const auto gone = client->get(kConfigMaps, key);
    REQUIRE_FALSE(gone);
    CHECK(gone.error().isNotFound());
    CHECK_THAT(gone.error().message, Contains("\"one\" not found"));
}

TEST_CASE("errors are told apart by what to do about them") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "errors");
    const Json object = configMap(ns, "one", {{"a", "1"}});
    const auto first = client->create(kConfigMaps, object);
    REQUIRE(first);
    CHECK(client->create(kConfigMaps, object).error().isAlreadyExists());

    REQUIRE(client->mergePatch(kConfigMaps, {ns, "one"}, {{"data", {{"a", "2"}}}}, ""));
    CHECK(client->replace(kConfigMaps, *first, "").error().isConflict());  // somebody wrote in between
    CHECK(client->remove(kConfigMaps, {ns, "one"}, "00000000-0000-0000-0000-000000000000", "").error().isConflict());
    CHECK(client->remove(kConfigMaps, {ns, "one"}, "", "1").error().isConflict());

    const auto invalid = client->create(kConfigMaps, configMap(ns, "Not A Name", Json::object()));
    REQUIRE_FALSE(invalid);
    CHECK(invalid.error().code == ErrorCode::InvalidArgument);
    CHECK_FALSE(invalid.error().isRetryable());
    CHECK_THAT(invalid.error().message, Contains("metadata.name"));
}

TEST_CASE("server-side apply owns its fields and leaves those of others") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "apply");
    REQUIRE(client->apply(kConfigMaps, configMap(ns, "one", {{"ours", "1"}}), {"bursar", true, ""}));
    REQUIRE(client->apply(kConfigMaps, configMap(ns, "one", {{"theirs", "2"}}), {"somebody", true, ""}));
    REQUIRE(client->apply(kConfigMaps, configMap(ns, "one", {{"mine", "3"}}), {"bursar", true, ""}));
    // `ours` is no longer applied by its only owner: it is gone; what the other manager owns stays.
    CHECK((*client->get(kConfigMaps, {ns, "one"}))["data"] == Json{{"mine", "3"}, {"theirs", "2"}});
    const auto conflict = client->apply(kConfigMaps, configMap(ns, "one", {{"theirs", "9"}}), {"bursar", false, ""});
    REQUIRE_FALSE(conflict);
    CHECK(conflict.error().isConflict());
}

TEST_CASE("the status subresource changes the status and nothing else") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "status");
    const Json quota = {{"apiVersion", "bursar.dev/v1alpha1"},
                        {"kind", "TeamQuota"},
                        {"metadata", {{"name", "one"}, {"namespace", ns}}},
                        {"spec", {{"policy", "p"}, {"team", ns}, {"requests", {{{"pool", "chat"}, {"forecast", 1}}}}}}};
    REQUIRE(client->create(kTeamQuotas, quota));
    Json body = quota;
    body["spec"]["policy"] = "other";
    body["status"] = {{"observedGeneration", 1}, {"summary", {{"granted", "5"}}}};
    body.erase("spec");
    REQUIRE(client->apply(kTeamQuotas, body, {"bursar", true, "status"}));
    const auto read = client->get(kTeamQuotas, {ns, "one"});
    REQUIRE(read);
    CHECK((*read)["status"]["summary"]["granted"] == "5");
    CHECK((*read)["spec"]["policy"] == "p");
    CHECK((*read)["metadata"]["generation"] == 1);
}

TEST_CASE("a list comes in pages and is complete") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "pages");
    for (int i = 0; i < 23; ++i) {
        const auto made = client->create(
            kConfigMaps, configMap(ns, "m" + std::to_string(i), {{"i", std::to_string(i)}}, {{"parity", i % 2 ? "odd" : "even"}}));
        REQUIRE((made || made.error().isAlreadyExists()));
    }
    ListOptions options;
    options.ns = ns;
    options.labelSelector = "parity";
    options.pageSize = 5;
    const auto all = client->list(kConfigMaps, options);
    REQUIRE(all);
    CHECK(all->items.size() == 23);
    CHECK_FALSE(all->resourceVersion.empty());
    CHECK(all->items[0]["kind"] == "ConfigMap");
    options.labelSelector = "parity=odd";
    CHECK(client->list(kConfigMaps, options)->items.size() == 11);
    options.labelSelector.clear();
    options.fieldSelector = "metadata.name=m7";
    CHECK(client->list(kConfigMaps, options)->items.size() == 1);
}

TEST_CASE("names are escaped in URLs") {
    auto client = connect();
    const auto read = client->get(kConfigMaps, {"default", "a/../../secrets"});
    REQUIRE_FALSE(read);
    CHECK(read.error().code != ErrorCode::Internal);
}

TEST_CASE("events reach kubectl describe, counted up") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "recorded");
    const auto object = client->create(kConfigMaps, configMap(ns, "subject", Json::object()));
    REQUIRE(object);
    Json described = *object;
    described["apiVersion"] = "v1";
    described["kind"] = "ConfigMap";
    const SystemClock clock;
    std::string failure;
    EventRecorder recorder{client, clock, "bursar", [&](const Error& error) { failure = error.message; }};
    const Resource events{"", "v1", "events", "Event", true};
    const auto countIs = [&](int count) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (std::chrono::steady_clock::now() < deadline) {
            const auto listed = client->list(events, {ns, "", "", 500});
            if (listed && listed->items.size() == 1 && listed->items[0]["count"] == count) return true;
        }
        return false;
    };
    recorder.record(described, EventType::Warning, "UnknownPool", "no such pool");
    CHECK(countIs(1));
    recorder.record(described, EventType::Warning, "UnknownPool", "no such pool");
    CHECK(countIs(2));
    recorder.stop();
    CHECK(failure.empty());
}
