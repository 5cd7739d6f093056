#include "controllers/reconcile/observation/watch_health.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::reconcile;
using std::chrono::seconds;

TEST_CASE("a watch that fails for longer than a moment is stale since it began to fail") {
    const Instant start = *parseInstant("2026-11-24T13:30:00Z");
    WatchHealth health;
    CHECK(health.check({{"teamquotas", "cut"}, {"namespaces", ""}}, start).empty());
    CHECK(health.check({{"teamquotas", ""}, {"namespaces", ""}}, start + seconds{4}).empty());
    CHECK(health.check({{"teamquotas", "cut"}, {"namespaces", ""}}, start + seconds{6})
              .empty());  // it was well meanwhile
    CHECK(health.check({{"teamquotas", "refused"}, {"namespaces", "cut"}}, start + seconds{9}).empty());
    const auto stale = health.check({{"teamquotas", "refused"}, {"namespaces", "cut"}}, start + seconds{11});
    REQUIRE(stale.size() == 1);
    CHECK(stale[0].plural == "teamquotas");
    CHECK(stale[0].since == start + seconds{6});
    CHECK(stale[0].error == "refused");
    CHECK(health.check({{"teamquotas", ""}, {"namespaces", ""}}, start + seconds{12}).empty());
}
