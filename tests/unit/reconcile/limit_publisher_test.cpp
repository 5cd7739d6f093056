#include "controllers/reconcile/limit_publisher.hpp"
#include "controllers/api/condition_reasons.hpp"

#include <catch2/catch.hpp>

#include "controllers/gateways/envoy_rate_limit/config_maps.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/unit/reconcile/fake_gateway/fake_gateway.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::FakeClient;
using bursar::testing::makePolicy;
namespace testing = bursar::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// EnvoyRateLimit on the current objects of a fake API server, without a watch that brings them a moment later.
class UnwatchedGateway final : public gateways::Gateway {
  public:
    explicit UnwatchedGateway(std::shared_ptr<FakeClient> client) : client_(client), writer_(client) {}

    [[nodiscard]] gateways::GatewayFacts facts() const override { return {}; }
    void start() override {}
    void stop() override {}
    [[nodiscard]] bool hasSynced() const override { return true; }
    [[nodiscard]] std::map<std::string, std::string> watchErrors() const override { return {{"configmaps", ""}}; }
    [[nodiscard]] bool hasSameTarget(const api::Gateway&, const api::Gateway&) const override { return true; }
    gateways::GatewayReport reconcile(const std::string& policy, const api::Gateway& gateway,
                                      std::span<const treasury::Limit> limits) override {
        return writer_.reconcile(policy, gateway, limits, client_->store());
    }
    Result<void> removeUnused(const gateways::GatewaysInUse& inUse) override {
        return writer_.removeUnused(inUse, client_->store());
    }

  private:
    const std::shared_ptr<FakeClient> client_;
    gateways::ConfigMapWriter writer_;
};

gateways::GatewaysByType unwatched(const std::shared_ptr<FakeClient>& client) {
    gateways::GatewaysByType opened;
    opened[api::GatewayType::EnvoyRateLimit] = std::make_unique<UnwatchedGateway>(client);
    return opened;
}

// One policy "main" with the gateways that a case names.
struct Published {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ManualClock clock{*parseInstant("2026-11-24T13:30:00Z")};
    LimitPublisher publisher{unwatched(client), clock, std::make_shared<TreasuryMetrics>()};
    std::int64_t tokens = 5;
    std::vector<treasury::Problem> problems;

    std::vector<gateways::GatewayStates::OfGateway> to(const std::vector<std::string>& gateways) {
        auto policy = makePolicy();
        for (const std::string& name : gateways) {
            policy.raw().gateways.emplace_back().name = name;
            policy.raw().gateways.back().envoyRateLimit.configMapPrefix = name;
        }
        treasury::PolicyDecision decision;
        decision.name = "main";
        decision.problems = problems;
        decision.limits = {{"search", "chat", api::BudgetWindow::Day, api::Tokens{tokens}, {}}};
        treasury::Decisions decisions;
        decisions.policies.push_back(std::move(decision));
        return publisher.publish(decisions, {{"main", policy}}).at("main").gateways;
    }
    void fail(int retryAfterSeconds = 0) {
        Error error = makeError(ErrorCode::Unavailable, "connection refused");
        error.retryAfterSeconds = retryAfterSeconds;
        client->failNextWrite(std::move(error));
    }
};

}  // namespace

TEST_CASE("a gateway that fails says so until it is tried again, and the others go on") {
    Published limits;
    limits.fail();
    auto at = limits.to({"east", "west"});
    REQUIRE(at.size() == 2);
    REQUIRE(at[0].report.error);
    CHECK(at[0].report.error->message == "connection refused");
    CHECK_FALSE(at[1].report.error);
    CHECK(at[1].lastApplied == limits.clock.now());

    CHECK(limits.publisher.nextAttempt() == limits.clock.steadyNow() + milliseconds{500});
    limits.clock.advance(milliseconds{499});
    CHECK(limits.to({"east", "west"})[0].report.error);
    CHECK(limits.client->writes() == 1);
    limits.clock.advance(milliseconds{1});
    CHECK_FALSE(limits.to({"east", "west"})[0].report.error);
    CHECK(limits.client->writes() == 2);
    CHECK_FALSE(limits.publisher.nextAttempt());
}

TEST_CASE("a gateway is not tried before the time that the server asked for") {
    Published limits;
    limits.fail(30);
    REQUIRE(limits.to({"envoy"})[0].report.error);
    limits.clock.advance(seconds{29});
    CHECK(limits.to({"envoy"})[0].report.error);
    limits.clock.advance(seconds{1});
    CHECK_FALSE(limits.to({"envoy"})[0].report.error);
}

TEST_CASE("a gateway that comes back is tried at once, however often it had failed") {
    Published limits;
    limits.fail(3600);
    REQUIRE(limits.to({"envoy"})[0].report.error);
    REQUIRE(limits.to({}).empty());
    const auto back = limits.to({"envoy"});
    CHECK_FALSE(back[0].report.error);
    CHECK(back[0].report.writes == 1);
}

TEST_CASE("a gateway that is gone loses its limits; one of a policy that cannot be used keeps them") {
    Published limits;
    limits.to({"east", "west"});
    REQUIRE(limits.client->objects().size() == 2);
    limits.problems = {{api::reason::kInvalidSpec, "spec.pools", "is empty"}};
    limits.tokens = 7;
    CHECK(limits.to({"east"}).empty());
    CHECK(limits.client->objects().size() == 2);
    CHECK(limits.client->writes() == 2);
    limits.problems.clear();
    limits.to({"east"});
    CHECK(limits.client->objects().size() == 1);
}

TEST_CASE("an older copy of a ConfigMap is no error of its gateway: the watch brings the newer one") {
    Published limits;
    limits.client->failNextWrite(makeError(ErrorCode::Conflict, "changed in between"));
    CHECK_FALSE(limits.to({"envoy"})[0].report.error);
    CHECK_FALSE(limits.to({"envoy"})[0].report.error);
    CHECK(limits.client->writes() == 1);
}

namespace {

// A build with two gateway types, and one policy "main" that names a gateway of each.
struct TwoTypes {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    std::shared_ptr<testing::FakeGatewayBackend> fake = std::make_shared<testing::FakeGatewayBackend>();
    ManualClock clock{*parseInstant("2026-11-24T13:30:00Z")};
    LimitPublisher publisher{both(), clock, std::make_shared<TreasuryMetrics>()};
    std::vector<api::Gateway> gateways = {{"envoy", api::GatewayType::EnvoyRateLimit, {}},
                                          {"fake", testing::kFakeType, {}}};
    std::vector<treasury::Problem> problems;

    gateways::GatewaysByType both() {
        auto opened = unwatched(client);
        opened.merge(testing::openFake(fake)({}));
        return opened;
    }
    std::vector<gateways::GatewayStates::OfGateway> publish() {
        auto policy = makePolicy();
        policy.raw().gateways = gateways;
        treasury::PolicyDecision decision;
        decision.name = "main";
        decision.problems = problems;
        decision.limits = {{"search", "chat", api::BudgetWindow::Day, api::Tokens{5}, {}}};
        treasury::Decisions decisions;
        decisions.policies.push_back(std::move(decision));
        return publisher.publish(decisions, {{"main", policy}}).at("main").gateways;
    }
};

}  // namespace

TEST_CASE("a second gateway type gets the limits, says its facts, and is watched like the first") {
    TwoTypes types;
    CHECK_FALSE(types.publisher.hasSynced());
    types.publisher.start();
    CHECK(types.publisher.hasSynced());
    types.fake->setWatchError("HTTP 503");
    CHECK(types.publisher.watchErrors() ==
          std::map<std::string, std::string>{{"configmaps", ""}, {"fakelimits", "HTTP 503"}});

    const auto at = types.publish();
    REQUIRE(at.size() == 2);
    CHECK(at[1].supported);
    CHECK(at[1].facts.onLimiterFailure == "Open");
    CHECK(at[1].report.writes == 1);
    CHECK(types.fake->limits().at({"main", "fake"}).front().tokensPerWindow == api::Tokens{5});
    CHECK(types.client->objects().size() == 1);
    CHECK(types.publish()[1].report.writes == 0);
}

TEST_CASE("each gateway type removes the limits of its own gateways only, and tries again when that fails") {
    TwoTypes types;
    types.publisher.start();
    (void)types.publish();
    types.gateways = {types.gateways[0]};
    types.problems = {{api::reason::kInvalidSpec, "spec.pools", "is empty"}};
    (void)types.publish();
    CHECK(types.fake->limits().size() == 1);  // the policy cannot be used: everything stays

    types.problems.clear();
    types.fake->failNext(makeError(ErrorCode::Unavailable, "connection refused"));
    (void)types.publish();
    CHECK(types.fake->limits().size() == 1);
    CHECK(types.publisher.nextAttempt() == types.clock.steadyNow() + milliseconds{500});
    (void)types.publish();
    CHECK(types.fake->limits().size() == 1);  // not yet
    types.clock.advance(milliseconds{500});
    (void)types.publish();
    CHECK(types.fake->limits().empty());
    CHECK(types.client->objects().size() == 1);
    CHECK_FALSE(types.publisher.nextAttempt());
}

TEST_CASE("a gateway of a type that is not implemented says so, and what it had under another type stays") {
    TwoTypes types;
    (void)types.publish();
    types.gateways[1].type = api::GatewayType::Kuadrant;
    const auto at = types.publish();
    CHECK_FALSE(at[1].supported);
    REQUIRE(at[1].report.error);
    CHECK(at[1].report.error->message == "type Kuadrant is not implemented yet; use EnvoyRateLimit");
    CHECK(types.fake->limits().size() == 1);
    CHECK_FALSE(types.publisher.nextAttempt());
}

TEST_CASE("nothing of a policy that cannot be used is attempted, so it asks for no turn either") {
    TwoTypes types;
    types.fake->failNext(makeError(ErrorCode::Unavailable, "connection refused"));
    (void)types.publish();
    CHECK(types.publisher.nextAttempt());
    types.problems = {{api::reason::kInvalidSpec, "spec.pools", "is empty"}};
    (void)types.publish();
    CHECK_FALSE(types.publisher.nextAttempt());
}
