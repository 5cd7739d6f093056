#include "controllers/reconcile/limit_publisher.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::FakeClient;
using bursar::testing::makePolicy;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// One policy "main" with the gateways that a case names.
struct Published {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ManualClock clock{*parseInstant("2026-11-24T13:30:00Z")};
    LimitPublisher publisher{client, clock, std::make_shared<TreasuryMetrics>()};
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
        return publisher.publish(decisions, {{"main", policy}}, client->store()).at("main").gateways;
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

    limits.clock.advance(milliseconds{499});
    CHECK(limits.to({"east", "west"})[0].report.error);
    CHECK(limits.client->writes() == 1);
    limits.clock.advance(milliseconds{1});
    CHECK_FALSE(limits.to({"east", "west"})[0].report.error);
    CHECK(limits.client->writes() == 2);
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

TEST_CASE("a gateway that was gone has no past: it is tried at once, however often it had failed") {
    Published limits;
    limits.fail(3600);
    REQUIRE(limits.to({"envoy"})[0].report.error);
    REQUIRE(limits.to({}).empty());
    const auto back = limits.to({"envoy"});
    CHECK_FALSE(back[0].report.error);
    CHECK(back[0].report.writes == 1);
}

TEST_CASE("a gateway that is gone loses its limits, one of a policy that cannot be used keeps them") {
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
