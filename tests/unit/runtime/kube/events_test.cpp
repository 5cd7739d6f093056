#include "operator/runtime/kube/events.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>

#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::kube;
using bursar::testing::FakeClient;

namespace {

const Json kObject = {{"apiVersion", "bursar.dev/v1alpha1"},
                      {"kind", "TeamQuota"},
                      {"metadata", {{"name", "search"}, {"namespace", "team"}, {"uid", "u1"}}}};

// The recorder writes on a thread of its own: the test waits for the writes themselves.
void waitForWrites(const FakeClient& client, int writes) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (client.writes() < writes) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("the same event is written once and then counted up") {
    auto client = std::make_shared<FakeClient>();
    ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    EventRecorder recorder{client, clock, "bursar", [](const Error&) {}};
    recorder.record(kObject, EventType::Warning, "UnknownPool", "no such pool");
    waitForWrites(*client, 1);
    clock.advance(std::chrono::minutes{5});
    recorder.record(kObject, EventType::Warning, "UnknownPool", "no such pool");
    waitForWrites(*client, 2);
    recorder.record(kObject, EventType::Normal, "Granted", "granted");
    waitForWrites(*client, 3);
    recorder.stop();
    const auto events = client->objects();
    REQUIRE(events.size() == 2);
    const Json& first = events.begin()->second;
    CHECK(first["count"] == 2);
    CHECK(first["firstTimestamp"] == "2026-11-24T08:00:00Z");
    CHECK(first["lastTimestamp"] == "2026-11-24T08:05:00Z");
    CHECK(first["involvedObject"]["kind"] == "TeamQuota");
    CHECK(first["involvedObject"]["uid"] == "u1");
    CHECK(first["source"]["component"] == "bursar");
    CHECK(first["metadata"]["namespace"] == "team");
}

TEST_CASE("a long message is cut between characters") {
    auto client = std::make_shared<FakeClient>();
    const ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    EventRecorder recorder{client, clock, "bursar", [](const Error&) {}};
    std::string message(1023, 'x');
    message += "\u00e9tc";  // its two bytes straddle the bound
    recorder.record(kObject, EventType::Normal, "Long", message);
    waitForWrites(*client, 1);
    recorder.stop();
    CHECK(client->objects().begin()->second["message"] == std::string(1023, 'x'));
}

TEST_CASE("what an API server that is away did not take is written when it is back, as of when it happened") {
    auto client = std::make_shared<FakeClient>();
    ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    EventRecorder recorder{client, clock, "bursar", [](const Error&) {}};
    recorder.record(kObject, EventType::Warning, "Stale", "no scrape");
    waitForWrites(*client, 1);
    client->failNextWrite(makeError(ErrorCode::Unavailable, "connection refused"));
    client->failNextWrite(makeError(ErrorCode::Timeout, "no answer in time"));
    client->failNextWrite(makeError(ErrorCode::Forbidden, "the role is not read yet"));
    clock.advance(std::chrono::minutes{1});
    recorder.record(kObject, EventType::Warning, "Stale", "no scrape");
    clock.advance(std::chrono::minutes{9});
    recorder.record(kObject, EventType::Normal, "Fresh", "current");
    waitForWrites(*client, 3);
    recorder.stop();
    REQUIRE(client->objects().size() == 2);
    for (const auto& [key, event] : client->objects()) {
        CHECK(event["count"] == (event["reason"] == "Stale" ? 2 : 1));
        CHECK(event["lastTimestamp"] == (event["reason"] == "Stale" ? "2026-11-24T08:01:00Z" : "2026-11-24T08:10:00Z"));
    }
}

TEST_CASE("a failed write is reported and holds nothing up") {
    auto client = std::make_shared<FakeClient>();
    const ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    std::mutex mutex;
    std::vector<std::string> errors;
    EventRecorder recorder{client, clock, "bursar", [&](const Error& error) {
                               const std::lock_guard lock{mutex};
                               errors.push_back(error.message);
                           }};
    for (int i = 0; i < 5; ++i) client->failNextWrite(makeError(ErrorCode::Forbidden, "events is forbidden"));
    recorder.record(kObject, EventType::Normal, "A", "a");
    recorder.record(kObject, EventType::Normal, "B", "b");
    waitForWrites(*client, 1);
    recorder.stop();
    CHECK(errors == std::vector<std::string>(5, "events is forbidden"));
    CHECK(client->objects().begin()->second["reason"] == "B");
}

TEST_CASE("an event that throws is dropped, and the next is written") {
    auto client = std::make_shared<FakeClient>();
    const ManualClock clock{*parseInstant("2026-11-24T08:00:00Z")};
    client->throwAtNextWrite("boom");
    std::atomic<int> told = 0;
    EventObserver observer;
    observer.onException = [&](const std::string&) { ++told; };
    EventRecorder recorder{client, clock, "bursar", [](const Error&) {}, observer};
    recorder.record(kObject, EventType::Normal, "First", "lost");
    recorder.record(kObject, EventType::Normal, "Second", "f\xfcr alle");
    waitForWrites(*client, 1);
    recorder.stop();
    CHECK(client->objects().begin()->second["message"] == "f\uFFFDr alle");
    CHECK(told == 1);
}
