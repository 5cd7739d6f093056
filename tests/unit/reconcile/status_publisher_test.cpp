#include "controllers/reconcile/status/status_publisher.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "controllers/cluster/resources.hpp"
#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::FakeClient;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
const Instant kNow = kDay + hours{13};
const kube::Key kQuota{"search", "quota"};

// A policy and a TeamQuota, whose statuses are published at the time of `clock`.
struct Case {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ManualClock clock{kNow};
    std::vector<std::string> events;
    StatusPublisher publisher{client, clock, std::make_shared<TreasuryMetrics>(),
                              [this](const json&, kube::EventType, const std::string& reason, const std::string&) {
                                  events.push_back(reason);
                              },
                              StatusPublisherOptions{}};
    std::int64_t consumed = 0;
    std::map<kube::Key, json> statuses;  // as stored

    Observation observe() const {
        Observation seen;
        seen.at = clock.now();
        seen.world.policies = {bursar::testing::makePolicy().pool("chat", 1'000'000)};
        seen.world.quotas = {bursar::testing::makeQuota("search").forecast("chat", 500'000)};
        seen.world.usage["main"].consumed[{"chat", "search", kDay}] = api::Tokens{consumed};
        seen.policies["main"] = seen.world.policies.front();
        seen.policyObjects = store({"", "main"}, "AllocationPolicy");
        seen.quotaObjects = store(kQuota, "TeamQuota");
        return seen;
    }
    std::shared_ptr<kube::Store> store(const kube::Key& key, const char* kind) const {
        json object = {{"kind", kind},
                       {"metadata", {{"namespace", key.ns}, {"name", key.name}, {"uid", key.name}, {"generation", 1}}}};
        if (const auto status = statuses.find(key); status != statuses.end()) object["status"] = status->second;
        return std::make_shared<kube::Store>(kube::Store{{key, std::make_shared<const json>(object)}});
    }
    TreasuryFigures publish() {
        const Observation seen = observe();
        const auto decisions = treasury::decide(seen.world, seen.at);
        const gateways::GatewayStatesByPolicy gateways{{"main", {}}};
        return publisher.publish({seen, decisions, gateways, {}, {}});
    }
    // Everything that was handed over is written, and the watch has brought it.
    void bringBack() {
        publisher.stop();  // joins the writers
        for (const auto& [key, object] : client->objects()) statuses[key] = object["status"];
    }
};

// The publisher of a Case after a first turn whose statuses are stored.
struct Restarted : Case {
    Restarted() {
        Case first;
        (void)first.publish();
        while (first.client->objects().size() < 2) std::this_thread::yield();
        first.bringBack();
        statuses = first.statuses;
    }
};

}  // namespace

TEST_CASE("a status that is stored as it should be is not written, and asks for no turn") {
    Restarted stored;
    const TreasuryFigures figures = stored.publish();
    CHECK(figures.policies.size() == 1);
    CHECK(figures.teams.size() == 1);
    CHECK_FALSE(stored.publisher.nextTurn().wait(stored.clock));
    CHECK(stored.events.empty());
    stored.publisher.stop();
    CHECK(stored.client->writes() == 0);
}

TEST_CASE("consumption that changed by less than a point is put off until the last write is old enough") {
    Restarted stored;
    stored.consumed = 5000;  // one per cent: written at once
    (void)stored.publish();
    while (stored.client->objects().size() < 2) std::this_thread::yield();
    for (const auto& [key, object] : stored.client->objects()) stored.statuses[key] = object["status"];

    stored.clock.advance(seconds{30});
    stored.consumed = 5001;
    (void)stored.publish();
    CHECK(stored.publisher.nextTurn().wait(stored.clock) == minutes{5} - seconds{30});
    stored.clock.advance(minutes{5} - seconds{30});
    (void)stored.publish();
    CHECK_FALSE(stored.publisher.nextTurn().wait(stored.clock));
    while (stored.client->objects().at(kQuota)["status"]["budgets"][0]["consumed"] != 5001) std::this_thread::yield();
}

TEST_CASE("a status is ours if it is the one that was handed over last") {
    Restarted stored;
    json object = {{"metadata", {{"namespace", "search"}, {"name", "quota"}}}, {"status", stored.statuses.at(kQuota)}};
    CHECK_FALSE(stored.publisher.isOurStatus(cluster::teamQuotas(), object));  // of an earlier process
    stored.consumed = 5000;
    (void)stored.publish();
    CHECK_FALSE(stored.publisher.isOurStatus(cluster::teamQuotas(), object));
    while (stored.client->objects().size() < 2) std::this_thread::yield();
    object["status"] = stored.client->objects().at(kQuota)["status"];
    CHECK(stored.publisher.isOurStatus(cluster::teamQuotas(), object));
    CHECK(stored.publisher.isOurStatus(cluster::teamQuotas(), json::parse(object.dump())));
    object["status"]["summary"]["granted"] = "999";
    CHECK_FALSE(stored.publisher.isOurStatus(cluster::teamQuotas(), object));
}
