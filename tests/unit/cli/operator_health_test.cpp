#include "operator/cli/run/operator_health.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::cli;

TEST_CASE("a candidate is live and ready; a leader is ready once it has decided, and live while its loop runs") {
    ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    OperatorHealth health{clock};
    clock.advance(std::chrono::hours{1});
    CHECK(health.live());
    CHECK(health.ready());
    const auto client = std::make_shared<testing::FakeClient>();
    const reconcile::Reconciler reconciler{client, client, clock, {}};  // not started: its loop never passes
    health.follow(&reconciler);
    CHECK(health.live());
    REQUIRE_FALSE(health.ready());
    CHECK(health.ready().error().message == "the first decision is not published yet");
    clock.advance(kLongestPass - Duration{1});
    CHECK(health.live());
    clock.advance(Duration{1});
    REQUIRE_FALSE(health.live());
    CHECK(health.live().error().message == "no reconcile for 300 s");
    health.follow(nullptr);
    CHECK(health.live());
}
