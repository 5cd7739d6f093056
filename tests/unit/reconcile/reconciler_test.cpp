// When the reconciler decides: at once after a change, when something is due, and at no other time. The loop's thread
// is not started; each case moves the clock and makes the passes itself.
#include "controllers/reconcile/reconciler.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "controllers/cluster/resources.hpp"
#include "controllers/reconcile/conditions/conditions.hpp"
#include "tests/unit/reconcile/fake_cluster.hpp"
#include "tests/unit/reconcile/fake_gateway/fake_gateway.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::FakeCluster;
using bursar::testing::FakeGatewayBackend;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr int kTeams = 20;
const gateways::GatewayName kGateway{"main", "fake"};

std::string teamName(int index) { return "team-" + std::to_string(index); }

json namedObject(const std::string& ns, const std::string& name, json spec) {
    json metadata = {{"name", name}, {"creationTimestamp", "2026-11-24T08:00:00Z"}};
    if (!ns.empty()) metadata["namespace"] = ns;
    return {{"metadata", metadata}, {"spec", std::move(spec)}};
}

// A cluster with one policy, whose gateway is the fake, and a TeamQuota in each of kTeams namespaces.
std::shared_ptr<FakeCluster> clusterWithTeams() {
    const auto cluster = std::make_shared<FakeCluster>();
    const json policy = {
        {"pools", {{{"name", "chat"}, {"tokensPerWindow", 1'000'000}, {"window", "Day"}, {"burstPercent", 20}}}},
        {"borrowing", {{"maxPercentOfPool", 100}, {"maxPercentOfGrant", 100}, {"cooldown", "1h"}, {"minNotice", "0s"}}},
        {"gateways", {{{"name", "fake"}, {"type", "LiteLLM"}}}}};
    (void)cluster->create(cluster::allocationPolicies(), namedObject("", "main", policy));
    for (int i = 0; i < kTeams; ++i) {
        (void)cluster->create(cluster::namespaces(), namedObject("", teamName(i), json::object()));
        (void)cluster->create(
            cluster::teamQuotas(),
            namedObject(
                teamName(i), "quota",
                {{"policy", "main"}, {"team", teamName(i)}, {"requests", {{{"pool", "chat"}, {"forecast", 30'000}}}}}));
    }
    return cluster;
}

class Office {
  public:
    std::shared_ptr<FakeCluster> cluster = clusterWithTeams();
    std::shared_ptr<FakeGatewayBackend> gateway = std::make_shared<FakeGatewayBackend>();
    ManualClock clock{*parseInstant("2026-11-24T13:30:00Z")};
    Reconciler reconciler{cluster, cluster, clock, options(gateway)};

    // Returns when the first decision is published, and nothing that follows from it is under way.
    Office() {
        reconciler.watch();
        until([&] { return reconciler.isReady(); });
        until([&] {
            for (int i = 0; i < kTeams; ++i) {
                if (condition(cluster::teamQuotas(), {teamName(i), "quota"}, "Ready") != "True") return false;
            }
            return condition(cluster::allocationPolicies(), {"", "main"}, "Ready") == "True";
        });
        settle(hours{1});
    }

    // Makes passes until `done`; other threads bring what it waits for.
    void until(const std::function<bool()>& done) {
        const auto deadline = std::chrono::steady_clock::now() + seconds{20};
        while (!done()) {
            if (std::chrono::steady_clock::now() > deadline) FAIL("not done in 20 s");
            (void)reconciler.pass();
            std::this_thread::yield();
        }
    }
    // Decisions while time passes, second by second.
    int decisionsIn(Duration span, Duration step = seconds{1}) {
        const int before = gateway->calls();
        for (Duration passed{0}; passed < span; passed += step) {
            clock.advance(step);
            (void)reconciler.pass();
        }
        return gateway->calls() - before;
    }
    // Watches and the recorder report on their own threads. Done when `span` has passed without a decision.
    void settle(Duration span = minutes{10}) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            cluster->waitUntilDelivered();
            if (decisionsIn(span) == 0) return;
        }
        FAIL("decisions go on although nothing changes");
    }

    std::string condition(const kube::Resource& resource, const kube::Key& key, const char* type) const {
        return conditionStatus(cluster->object(resource, key), type);
    }
    std::int64_t limitOf(const std::string& team) const {
        const auto limits = gateway->limits();
        const auto found = limits.find(kGateway);
        if (found == limits.end()) return -1;
        for (const treasury::Limit& limit : found->second) {
            if (limit.team == team) return limit.tokensPerWindow.value();
        }
        return -1;
    }

  private:
    static ReconcilerOptions options(const std::shared_ptr<FakeGatewayBackend>& gateway) {
        ReconcilerOptions options;
        options.debounce = Duration{0};
        options.openGateways = bursar::testing::openFake(gateway);
        return options;
    }
};

}  // namespace

TEST_CASE("an idle hour brings no decision, and every pass is seen by the probe") {
    Office office;
    CHECK(office.decisionsIn(hours{1}) == 0);
    CHECK(office.reconciler.lastPass() == office.clock.steadyNow());
    CHECK(office.reconciler.pass() <= seconds{1});
}

TEST_CASE("a change is decided at once, and the statuses that follow from it cause no other decision") {
    Office office;
    const int before = office.gateway->calls();
    REQUIRE(office.cluster->mergePatch(cluster::teamQuotas(), {"team-3", "quota"},
                                       {{"spec", {{"requests", {{{"pool", "chat"}, {"forecast", 10'000}}}}}}}, ""));
    office.until([&] { return office.limitOf("team-3") < 30'000; });
    office.until([&] {
        return office.cluster->object(cluster::teamQuotas(), {"team-3", "quota"})["status"]["observedGeneration"] == 2;
    });
    office.settle();
    CHECK(office.gateway->calls() == before + 1);
}

TEST_CASE("the end of a budget window is one decision, at that instant") {
    Office office;
    const Instant midnight = *parseInstant("2026-11-25T00:00:00Z");
    CHECK(office.decisionsIn(midnight - office.clock.now() - seconds{1}) == 0);
    CHECK(office.decisionsIn(seconds{1}) == 1);
    office.until([&] {
        const json status = office.cluster->object(cluster::teamQuotas(), {"team-0", "quota"})["status"];
        return status["budgets"][0]["windowStart"] == "2026-11-25T00:00:00Z";
    });
    CHECK(office.decisionsIn(hours{1}) == 0);
}

TEST_CASE("a loan is decided when it is asked for, when it begins, when it ends, and when its cooldown is over") {
    Office office;
    const std::int64_t baseline = office.limitOf("team-1");
    const Instant start = std::chrono::ceil<hours>(office.clock.now() + hours{1});
    const json spec = {{"teamQuota", "quota"},
                       {"pool", "chat"},
                       {"tokens", 5000},
                       {"start", formatInstant(start)},
                       {"end", formatInstant(start + hours{2})},
                       {"reason", "Launch of the new search page"}};
    REQUIRE(office.cluster->create(cluster::burstLoans(), namedObject("team-1", "loan", spec)));
    const auto status = [&] { return office.cluster->object(cluster::burstLoans(), {"team-1", "loan"})["status"]; };
    const auto phase = [&] { return status().is_null() ? "" : status().value("phase", ""); };
    office.until([&] { return phase() == "Scheduled"; });
    office.settle();  // the watch brings the loan's status and finalizer

    CHECK(office.decisionsIn(start - office.clock.now() - seconds{1}) == 0);
    CHECK(office.decisionsIn(seconds{1}) >= 1);
    CHECK(office.limitOf("team-1") == baseline + 5000);
    office.until([&] { return phase() == "Active"; });
    office.settle();

    CHECK(office.decisionsIn(start + hours{2} - office.clock.now() - seconds{1}) == 0);
    CHECK(office.decisionsIn(seconds{1}) >= 1);
    office.until([&] { return phase() == "Returned"; });
    office.settle();

    CHECK(office.decisionsIn(start + hours{3} - office.clock.now() - seconds{1}) == 0);
    CHECK(status()["backToBaseline"] == "Unknown");
    CHECK(office.decisionsIn(seconds{1}) >= 1);
    office.until([&] { return status()["backToBaseline"] == "True"; });
}

TEST_CASE("a gateway that failed is tried again when its backoff is over") {
    Office office;
    office.gateway->failNext(makeError(ErrorCode::Unavailable, "connection refused"));
    office.gateway->clear();
    const int before = office.gateway->calls();
    REQUIRE(office.cluster->mergePatch(cluster::teamQuotas(), {"team-3", "quota"},
                                       {{"metadata", {{"labels", {{"a", "b"}}}}}}, ""));
    office.until([&] { return office.gateway->calls() > before; });
    CHECK(office.limitOf("team-3") == -1);
    CHECK(office.decisionsIn(milliseconds{499}, milliseconds{499}) == 0);
    CHECK(office.decisionsIn(milliseconds{1}, milliseconds{1}) == 1);
    CHECK(office.limitOf("team-3") > 0);
}

TEST_CASE("a watch that fails is reported after its grace, and its recovery at once") {
    Office office;
    const auto fresh = [&] { return office.condition(cluster::allocationPolicies(), {"", "main"}, "ResourcesFresh"); };
    REQUIRE(fresh() == "True");
    office.gateway->setWatchError("HTTP 503");
    CHECK(office.decisionsIn(seconds{5}) == 0);
    CHECK(office.decisionsIn(seconds{1}) == 1);
    office.until([&] { return fresh() == "False"; });
    CHECK(office.decisionsIn(minutes{10}) == 0);
    office.gateway->setWatchError("");
    CHECK(office.decisionsIn(seconds{1}) == 1);
    office.until([&] { return fresh() == "True"; });
}

TEST_CASE("a status that somebody else has edited is written again") {
    Office office;
    json object = office.cluster->object(cluster::teamQuotas(), {"team-3", "quota"});
    const json status = object["status"];
    object["status"]["summary"]["granted"] = "999";
    REQUIRE(office.cluster->replace(cluster::teamQuotas(), object, "status"));
    office.until([&] {
        return office.cluster->object(cluster::teamQuotas(), {"team-3", "quota"})["status"] == status;
    });
    office.settle();
}
