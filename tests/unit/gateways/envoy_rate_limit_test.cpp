#include "controllers/gateways/envoy_rate_limit/envoy_rate_limit.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>

#include "controllers/gateways/factory/open_gateway.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::gateways;
using bursar::testing::FakeClient;
using kube::Json;

namespace {

api::Gateway spec(const std::string& domain = "bursar") {
    api::Gateway made;
    made.name = "envoy";
    made.envoyRateLimit.domain = domain;
    return made;
}

// Waits for the gateway's calls of onChange.
class Changes {
  public:
    std::function<void()> callback() {
        return [this] {
            const std::lock_guard lock{mutex_};
            changed_ = true;
            signal_.notify_all();
        };
    }
    void wait() {
        std::unique_lock lock{mutex_};
        if (!signal_.wait_for(lock, std::chrono::seconds{20}, [this] { return changed_; })) FAIL("no change in 20 s");
    }

  private:
    std::mutex mutex_;
    std::condition_variable signal_;
    bool changed_ = false;
};

}  // namespace

TEST_CASE("the gateway works on the ConfigMaps it watches, and on none that is not Bursar's") {
    const auto client = std::make_shared<FakeClient>();
    const Json foreign = {{"metadata", {{"name", "other"}, {"namespace", "bursar-system"}}}};
    REQUIRE(client->create(configMapResource(), foreign));
    ConfigMapWriter earlier{client};
    const std::vector<treasury::Limit> limits = {
        {"search", "chat", api::BudgetWindow::Day, api::Tokens{5}, std::nullopt}};
    REQUIRE(earlier.reconcile("main", spec(), limits, {}).writes == 1);

    Changes changes;
    EnvoyRateLimit gateway{{client, nullptr, changes.callback()}};
    CHECK_FALSE(gateway.hasSynced());
    gateway.start();
    changes.wait();
    REQUIRE(gateway.hasSynced());
    CHECK(gateway.watchErrors() == std::map<std::string, std::string>{{"configmaps", ""}});
    CHECK(gateway.reconcile("main", spec(), limits).writes == 0);  // the watched ConfigMap is as desired
    REQUIRE(gateway.removeUnused({}));
    CHECK(client->objects().size() == 1);
    CHECK(client->objects().begin()->first.name == "other");
    gateway.stop();
}

TEST_CASE("a gateway has the same target as long as namespace, prefix and domain are the same") {
    const EnvoyRateLimit gateway{{std::make_shared<FakeClient>(), nullptr, [] {}}};
    CHECK(gateway.hasSameTarget(spec(), spec()));
    CHECK_FALSE(gateway.hasSameTarget(spec(), spec("other")));
    api::Gateway moved = spec();
    moved.envoyRateLimit.ns = "elsewhere";
    CHECK_FALSE(gateway.hasSameTarget(spec(), moved));
}

TEST_CASE("the factory makes a gateway for each type that is implemented, and none for the others") {
    const GatewayContext context{std::make_shared<FakeClient>(), nullptr, [] {}};
    CHECK(openGateway(api::GatewayType::EnvoyRateLimit, context)->facts().onLimiterFailure == "Closed");
    CHECK(openGateway(api::GatewayType::Kuadrant, context) == nullptr);
    const GatewaysByType all = openGateways(context);
    CHECK(all.size() == 1);
    CHECK(all.contains(api::GatewayType::EnvoyRateLimit));
}
