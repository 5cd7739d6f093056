#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>

#include "operator/runtime/kube/events.hpp"
#include "operator/runtime/kube/request_observer.hpp"
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

TEST_CASE("after its stop a client asks nothing more") {
    std::stop_source stop;
    ClientOptions options;
    options.stop = stop.get_token();
    std::atomic<int> answers = 0;
    const auto client = createObservedClient(clusterConfig(), options,
                                             [&](const RequestOutcome& outcome) {
                                                 if (outcome.status != 0) ++answers;
                                             },
                                             {});
    REQUIRE(client);
    REQUIRE((*client)->get(kNamespaces, {"", "default"}));
    stop.request_stop();
    const auto cancelled = (*client)->get(kNamespaces, {"", "default"});
    REQUIRE_FALSE(cancelled);
    CHECK(cancelled.error().isCancelled());
    CHECK(answers == 1);
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
        const auto made = client->create(kConfigMaps, configMap(ns, "m" + std::to_string(i), {{"i", std::to_string(i)}},
                                                                {{"parity", i % 2 ? "odd" : "even"}}));
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

namespace {

// The events of a namespace, by message, and how often each was counted.
std::map<std::string, int> eventsIn(Client& client, const std::string& ns) {
    std::map<std::string, int> counts;
    const auto listed = client.list({"", "v1", "events", "Event", true}, {ns, "", "", 500});
    if (!listed) return counts;
    for (const Json& event : listed->items) counts[event["message"]] = event["count"];
    return counts;
}

bool becomes(Client& client, const std::string& ns, const std::map<std::string, int>& expected) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (std::chrono::steady_clock::now() < deadline) {
        if (eventsIn(client, ns) == expected) return true;
    }
    return false;
}

Json subjectOf(Client& client, const std::string& ns) {
    const auto object = client.create(kConfigMaps, configMap(ns, "subject", Json::object()));
    REQUIRE(object);
    Json described = *object;
    described["apiVersion"] = "v1";
    described["kind"] = "ConfigMap";
    return described;
}

}  // namespace

TEST_CASE("events reach kubectl describe, counted up") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "recorded");
    const Json subject = subjectOf(*client, ns);
    const SystemClock clock;
    std::string failure;
    EventRecorder recorder{client, clock, "bursar", [&](const Error& error) { failure = error.message; }};
    recorder.record(subject, EventType::Warning, "UnknownPool", "no such pool");
    CHECK(becomes(*client, ns, {{"no such pool", 1}}));
    recorder.record(subject, EventType::Warning, "UnknownPool", "no such pool");
    CHECK(becomes(*client, ns, {{"no such pool", 2}}));
    recorder.stop();
    CHECK(failure.empty());
}

TEST_CASE("many events of one reason are combined, and of one object only so many are written") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "flooded");
    const Json subject = subjectOf(*client, ns);
    const SystemClock clock;
    std::atomic<int> dropped = 0;
    EventRecorder recorder{client, clock, "bursar", [](const Error&) {}, {{}, [&] { ++dropped; }}};
    std::map<std::string, int> expected;
    for (int i = 0; i < 30; ++i) {
        const std::string message = fmt::format("attempt {}", i);
        recorder.record(subject, EventType::Warning, "NotWritten", message);
        if (i < 10) expected[message] = 1;
    }
    expected["(combined from similar events): attempt 24"] = 15;  // 25 at once, the rest is dropped
    CHECK(becomes(*client, ns, expected));
    recorder.stop();
    CHECK(dropped == 5);
}

TEST_CASE("every exchange is told to the observer, with the server's host and never a path") {
    std::mutex mutex;
    std::vector<RequestOutcome> outcomes;
    auto client = createObservedClient(clusterConfig(), {}, [&](const RequestOutcome& outcome) {
        const std::lock_guard lock{mutex};
        outcomes.push_back(outcome);
    });
    REQUIRE(client);
    CHECK((*client)->list(kNamespaces, {}));
    CHECK_FALSE((*client)->get(kConfigMaps, {"default", "no-such-map"}));
    CHECK((*client)->watch(kNamespaces, {"", "", "", "", std::chrono::seconds{1}}, {}, [](const WatchEvent&) {}));
    REQUIRE(outcomes.size() == 3);
    CHECK((outcomes[0].method == "GET" && outcomes[0].status == 200 && !outcomes[0].isWatch));
    CHECK(outcomes[0].took.count() > 0);
    CHECK(outcomes[1].status == 404);
    CHECK((outcomes[2].isWatch && outcomes[2].status == 200));
    CHECK(clusterConfig().server == "https://" + outcomes[0].host);
}

TEST_CASE("a server that does not answer is told as no answer") {
    Config config = clusterConfig();
    config.server = "https://127.0.0.1:1";
    std::vector<int> statuses;
    auto client =
        createObservedClient(config, {}, [&](const RequestOutcome& outcome) { statuses.push_back(outcome.status); });
    REQUIRE(client);
    CHECK_FALSE((*client)->get(kNamespaces, {"", "default"}));
    CHECK(statuses == std::vector<int>{0, 0});  // it is tried twice
}
