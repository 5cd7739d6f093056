#include "controllers/gateways/envoy_rate_limit/config_maps.hpp"

#include <catch2/catch.hpp>

#include "controllers/gateways/envoy_rate_limit/config.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::gateways;
using bursar::testing::FakeClient;
using Catch::Matchers::Contains;
using kube::Json;
using treasury::Limit;

namespace {

const kube::Key kFirst{"bursar-system", "bursar-ratelimit-0"};

api::Gateway gateway(const std::string& name = "envoy") {
    api::Gateway made;
    made.name = name;
    return made;
}

std::vector<Limit> oneLimit(std::int64_t tokens) {
    return {{"search", "chat", api::BudgetWindow::Day, api::Tokens{tokens}, {}}};
}

}  // namespace

TEST_CASE("limits are written once, and only differences after that") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    const GatewayReport first = limits.reconcile("main", gateway(), oneLimit(5), client->store());
    CHECK(first.writes == 1);
    CHECK(first.limits == 1);
    CHECK_FALSE(first.error);
    const Json stored = client->objects().at(kFirst);
    CHECK(stored["metadata"]["labels"][kGatewayLabel] == "main.envoy");
    CHECK(stored["metadata"]["labels"][kManagedByLabel] == "bursar");
    CHECK(stored["metadata"]["annotations"][kShardsAnnotation] == "1");
    const auto content = stored["data"]["bursar-ratelimit-0.yaml"].get<std::string>();
    CHECK_THAT(content, Contains("requests_per_unit: 5}"));
    CHECK(stored["metadata"]["annotations"][kSetAnnotation] == setHash({{"bursar-ratelimit-0.yaml", content}}));

    CHECK(limits.reconcile("main", gateway(), oneLimit(5), client->store()).writes == 0);
    CHECK(client->writes() == 1);
    CHECK(limits.reconcile("main", gateway(), oneLimit(6), client->store()).writes == 1);
    CHECK(client->objects().at(kFirst)["metadata"]["annotations"][kSetAnnotation] !=
          stored["metadata"]["annotations"][kSetAnnotation]);
}

TEST_CASE("a ConfigMap of ours that the watch has not brought yet is a conflict, which the watch resolves") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    REQUIRE_FALSE(limits.reconcile("main", gateway(), oneLimit(5), {}).error);
    const GatewayReport report = limits.reconcile("main", gateway(), oneLimit(5), {});
    REQUIRE(report.error);
    CHECK(report.error->isConflict());
    CHECK(report.writes == 0);
}

TEST_CASE("drift is repaired and what others added is kept") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    (void)limits.reconcile("main", gateway(), oneLimit(5), client->store());
    const Json good = client->objects().at(kFirst);
    Json drifted = good;
    drifted["data"]["bursar-ratelimit-0.yaml"] = "domain: bursar\n";
    drifted["data"]["extra.yaml"] = "x";
    drifted["metadata"]["annotations"]["team.example.com/note"] = "kept";
    REQUIRE(client->replace(configMapResource(), drifted, ""));
    CHECK(limits.reconcile("main", gateway(), oneLimit(5), client->store()).writes == 1);
    const Json repaired = client->objects().at(kFirst);
    CHECK(repaired["data"] == good["data"]);
    CHECK(repaired["metadata"]["annotations"]["team.example.com/note"] == "kept");
}

TEST_CASE("a ConfigMap that Bursar did not make is never touched") {
    auto client = std::make_shared<FakeClient>();
    const Json foreign = {{"metadata", {{"name", kFirst.name}, {"namespace", kFirst.ns}}}, {"data", {{"a", "b"}}}};
    REQUIRE(client->create(configMapResource(), foreign));
    ConfigMapWriter limits{client};
    const GatewayReport report = limits.reconcile("main", gateway(), oneLimit(5), {});
    REQUIRE(report.error);
    CHECK_THAT(report.error->message, Contains("was not made by Bursar") && Contains("configMapPrefix"));
    CHECK(client->objects().at(kFirst)["data"] == foreign["data"]);
}

TEST_CASE("two gateways with one prefix do not fight over it") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    (void)limits.reconcile("main", gateway("envoy"), oneLimit(5), client->store());
    const GatewayReport second = limits.reconcile("main", gateway("edge"), oneLimit(6), client->store());
    REQUIRE(second.error);
    CHECK_THAT(second.error->message, Contains("belongs to the gateway main.envoy"));
}

TEST_CASE("shards that are no longer needed and gateways that are not in use are removed") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    (void)limits.reconcile("main", gateway(), oneLimit(5), client->store());
    Json surplus = client->objects().at(kFirst);
    surplus["metadata"]["name"] = "bursar-ratelimit-1";
    REQUIRE(client->create(configMapResource(), surplus));
    CHECK(limits.reconcile("main", gateway(), oneLimit(5), client->store()).writes == 1);
    CHECK(client->objects().size() == 1);

    REQUIRE(limits.removeUnused({{{"main", "envoy"}}, {}}, client->store()));
    CHECK(client->objects().size() == 1);
    REQUIRE(limits.removeUnused({{}, {"main"}}, client->store()));  // it cannot be used: its limits stay
    CHECK(client->objects().size() == 1);
    REQUIRE(limits.removeUnused({{}, {"mai"}}, client->store()));
    CHECK(client->objects().empty());
}

TEST_CASE("a name too long for a label is an error with a remedy, before anything is written") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    const GatewayReport report = limits.reconcile(std::string(40, 'p'), gateway(std::string(40, 'g')), oneLimit(5), {});
    REQUIRE(report.error);
    CHECK_THAT(report.error->message, Contains("shorten"));
    CHECK(client->writes() == 0);
}

TEST_CASE("a write that fails leaves what was in force and says so") {
    auto client = std::make_shared<FakeClient>();
    ConfigMapWriter limits{client};
    (void)limits.reconcile("main", gateway(), oneLimit(5), client->store());
    const Json before = client->objects().at(kFirst);
    client->failNextWrite(makeError(ErrorCode::Unavailable, "connection refused"));
    const GatewayReport report = limits.reconcile("main", gateway(), oneLimit(6), client->store());
    REQUIRE(report.error);
    CHECK(report.writes == 0);
    CHECK(client->objects().at(kFirst) == before);
}
