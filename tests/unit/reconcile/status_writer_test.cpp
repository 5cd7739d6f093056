#include "controllers/reconcile/status/status_writer.hpp"

#include <atomic>
#include <catch2/catch.hpp>

#include "controllers/cluster/resources.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::FakeClient;

namespace {

const kube::Key kKey{"search", "search"};

void waitUntilWritten(const StatusWriter& writer) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (writer.isPending(cluster::teamQuotas(), kKey)) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("a status is written with its type, and a newer one replaces it") {
    auto client = std::make_shared<FakeClient>();
    const SystemClock clock;
    StatusWriter writer{client, clock, 2};
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    waitUntilWritten(writer);
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 2}});
    waitUntilWritten(writer);
    writer.stop();
    const auto object = client->objects().at(kKey);
    CHECK(object["kind"] == "TeamQuota");
    CHECK(object["status"]["observedGeneration"] == 2);
}

TEST_CASE("a write that fails for a while is repeated") {
    auto client = std::make_shared<FakeClient>();
    client->failNextWrite(makeError(ErrorCode::Unavailable, "connection refused"));
    client->failNextWrite(makeError(ErrorCode::Forbidden, "the role is not there yet"));
    const SystemClock clock;
    StatusWriter writer{client, clock, 1};
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    waitUntilWritten(writer);
    writer.stop();
    CHECK(client->writes() == 1);
}

TEST_CASE("handing over the same again does not hurry a write that waits after a failure") {
    auto client = std::make_shared<FakeClient>();
    client->failNextWrite({ErrorCode::TooManyRequests, "later", 30});
    const ManualClock clock{*parseInstant("2026-11-24T13:30:00Z")};
    StatusWriter writer{client, clock, 1};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    while (client->failuresLeft() > 0) REQUIRE(std::chrono::steady_clock::now() < deadline);
    for (int i = 0; i < 1000; ++i) {
        writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
        std::this_thread::yield();
    }
    CHECK(client->writes() == 0);
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 2}});  // there is news
    waitUntilWritten(writer);
    writer.stop();
    CHECK(client->objects().at(kKey)["status"]["observedGeneration"] == 2);
}

TEST_CASE("a status that the server refused is not sent again; a different one is") {
    auto client = std::make_shared<FakeClient>();
    client->failNextWrite(makeError(ErrorCode::InvalidArgument, "status is invalid"));
    const SystemClock clock;
    StatusWriter writer{client, clock, 1};
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    waitUntilWritten(writer);
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    CHECK_FALSE(writer.isPending(cluster::teamQuotas(), kKey));
    CHECK(client->writes() == 0);
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 2}});
    waitUntilWritten(writer);
    writer.stop();
    CHECK(client->writes() == 1);
}

TEST_CASE("a replica that has lost the lead drops its statuses") {
    auto client = std::make_shared<FakeClient>();
    client->failNextWrite(makeError(ErrorCode::Cancelled, "this replica does not lead"));
    const SystemClock clock;
    StatusWriter writer{client, clock, 1};
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    waitUntilWritten(writer);
    writer.stop();
    CHECK(client->writes() == 0);
}

TEST_CASE("what the server refused is not sent again for a later time, nor for more consumption") {
    auto client = std::make_shared<FakeClient>();
    client->failNextWrite(makeError(ErrorCode::InvalidArgument, "status.decision.earliestStart is invalid"));
    const SystemClock clock;
    StatusWriter writer{client, clock, 1};
    const auto statusAt = [](const std::string& now, int drawn, const char* phase) -> nlohmann::json {
        return {{"phase", phase},
                {"drawn", drawn},
                {"decidedAt", now},
                {"gateways", {{{"name", "envoy"}, {"lastAppliedTime", now}}}},
                {"conditions", {{{"type", "Ready"}, {"status", "False"}, {"lastTransitionTime", now}}}}};
    };
    writer.submit(cluster::teamQuotas(), kKey, statusAt("2026-11-24T08:00:00Z", 0, "Denied"));
    waitUntilWritten(writer);
    writer.submit(cluster::teamQuotas(), kKey, statusAt("2026-11-24T08:00:01Z", 5, "Denied"));
    CHECK_FALSE(writer.isPending(cluster::teamQuotas(), kKey));
    writer.rememberAtMost(1);
    writer.submit(cluster::teamQuotas(), kKey, statusAt("2026-11-24T08:00:02Z", 5, "Denied"));
    CHECK_FALSE(writer.isPending(cluster::teamQuotas(), kKey));
    CHECK(client->writes() == 0);
    writer.submit(cluster::teamQuotas(), kKey, statusAt("2026-11-24T08:00:02Z", 5, "Scheduled"));
    waitUntilWritten(writer);
    CHECK(client->writes() == 1);
    client->failNextWrite(makeError(ErrorCode::InvalidArgument, "refused again"));
    writer.submit(cluster::teamQuotas(), kKey, statusAt("2026-11-24T08:00:03Z", 5, "Denied"));
    waitUntilWritten(writer);
    writer.rememberAtMost(0);  // of so many objects nothing is remembered: it is sent once more
    writer.submit(cluster::teamQuotas(), kKey, statusAt("2026-11-24T08:00:04Z", 5, "Denied"));
    waitUntilWritten(writer);
    writer.stop();
    CHECK(client->writes() == 2);
}

TEST_CASE("a write that throws is reported and repeated") {
    auto client = std::make_shared<FakeClient>();
    client->throwAtNextWrite("[json.exception.type_error.316] invalid UTF-8 byte");
    const SystemClock clock;
    std::atomic<int> reports = 0;
    StatusWriter writer{client, clock, 1, {}, [&](const std::string&) { ++reports; }};
    writer.submit(cluster::teamQuotas(), kKey, {{"observedGeneration", 1}});
    waitUntilWritten(writer);
    writer.stop();
    CHECK(client->writes() == 1);
    CHECK(reports == 1);
}
