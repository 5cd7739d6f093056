#include "operator/runtime/kube/leader_election.hpp"

#include <catch2/catch.hpp>

#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::kube;
using bursar::testing::FakeClient;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const Instant kStart = *parseInstant("2026-11-24T08:00:00Z");
const Key kLease{"bursar-system", "bursar"};

ElectionOptions optionsOf(const std::string& identity) { return {kLease.ns, kLease.name, identity}; }

// A replica with a clock of its own, whose wall time may be wrong.
struct Replica {
    Replica(std::shared_ptr<FakeClient> client, const std::string& identity, Instant start = kStart)
        : clock(start),
          fence(std::make_shared<Fence>(clock)),
          election(std::move(client), clock, optionsOf(identity), fence) {}

    ManualClock clock;
    std::shared_ptr<Fence> fence;
    Election election;
};

void pass(Duration time, std::initializer_list<Replica*> replicas) {
    for (Replica* replica : replicas) replica->clock.advance(time);
}

std::string storedHolder(const FakeClient& client) { return leaseRecordOf(client.objects().at(kLease)).holder; }

}  // namespace

TEST_CASE("the first candidate creates the lease and leads at once, the second waits") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    CHECK(a.election.standing() == Standing::Candidate);
    REQUIRE(a.election.step());
    REQUIRE(b.election.step());
    CHECK(a.election.standing() == Standing::Leader);
    CHECK(a.fence->enter());
    CHECK(b.election.standing() == Standing::Candidate);
    CHECK_FALSE(b.fence->enter());
    CHECK(b.election.holder() == "a");
}

TEST_CASE("a leader that renews leads on, for however long") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    for (int i = 0; i < 100; ++i) {
        REQUIRE(a.election.step());
        REQUIRE(b.election.step());
        pass(seconds{2}, {&a, &b});
    }
    CHECK(a.election.standing() == Standing::Leader);
    CHECK(b.election.standing() == Standing::Candidate);
}

TEST_CASE("a leader that is gone is followed when its lease has not changed for its duration") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    REQUIRE(a.election.step());
    pass(seconds{3}, {&a, &b});
    REQUIRE(b.election.step());  // what it sees it has seen from now
    pass(milliseconds{14'999}, {&a, &b});
    REQUIRE(b.election.step());
    CHECK(b.election.standing() == Standing::Candidate);
    pass(milliseconds{1}, {&a, &b});
    REQUIRE(b.election.step());
    CHECK(b.election.standing() == Standing::Leader);
    CHECK(client->objects().at(kLease)["spec"]["leaseTransitions"] == 1);
}

TEST_CASE("clocks that are years apart change nothing") {
    auto client = std::make_shared<FakeClient>();
    const auto years = GENERATE(-20, 20);
    Replica a{client, "a"};
    Replica b{client, "b", kStart + std::chrono::hours{years * 8766}};
    REQUIRE(a.election.step());
    for (int i = 0; i < 20; ++i) {
        pass(seconds{2}, {&a, &b});
        REQUIRE(b.election.step());
        REQUIRE(a.election.step());
    }
    CHECK(a.election.standing() == Standing::Leader);
    CHECK(b.election.standing() == Standing::Candidate);
}

TEST_CASE("a leader cut off from the API server stops before another may begin") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    REQUIRE(a.election.step());
    REQUIRE(b.election.step());
    // Only a is cut off: b is asked in between.
    const auto both = [&] {
        client->cutOff(true);
        const auto stepped = a.election.step();
        client->cutOff(false);
        REQUIRE(b.election.step());
        return stepped;
    };
    for (int second = 2; second < 10; second += 2) {
        pass(seconds{2}, {&a, &b});
        const auto stepped = both();
        REQUIRE_FALSE(stepped);
        CHECK(stepped.error().code == ErrorCode::Unavailable);
        CHECK(a.election.standing() == Standing::Leader);
    }
    pass(seconds{2}, {&a, &b});
    CHECK_FALSE(a.fence->enter());
    CHECK(a.election.standing() == Standing::Deposed);
    REQUIRE(b.election.step());
    CHECK(b.election.standing() == Standing::Candidate);  // five seconds without a write
    pass(seconds{5}, {&a, &b});
    REQUIRE(b.election.step());
    CHECK(b.election.standing() == Standing::Leader);
}

TEST_CASE("a short outage does not depose the leader") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    REQUIRE(a.election.step());
    client->cutOff(true);
    a.clock.advance(seconds{8});
    REQUIRE_FALSE(a.election.step());
    client->cutOff(false);
    REQUIRE(a.election.step());
    a.clock.advance(seconds{9});
    CHECK(a.election.standing() == Standing::Leader);
}

TEST_CASE(
    "a leader that was stopped for longer than its term does not lead again, even if no other replica took over") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    REQUIRE(a.election.step());
    const int writes = client->writes();
    a.clock.advance(seconds{60});
    CHECK_FALSE(a.fence->enter());
    REQUIRE(a.election.step());
    CHECK(a.election.standing() == Standing::Deposed);
    CHECK(client->writes() == writes);
}

TEST_CASE("a leader that sees another in the lease stops at once") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    REQUIRE(a.election.step());
    Json lease = client->objects().at(kLease);
    lease["spec"]["holderIdentity"] = "somebody";
    REQUIRE(client->replace(leases(), lease, ""));
    REQUIRE(a.election.step());
    CHECK(a.election.standing() == Standing::Deposed);
    CHECK_FALSE(a.fence->enter());
    CHECK(storedHolder(*client) == "somebody");
}

TEST_CASE("of two that take an expired lease the one that was slower waits") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    REQUIRE(a.election.step());
    Replica b{client, "b"};
    REQUIRE(b.election.step());
    b.clock.advance(seconds{15});
    client->failNextWrite(makeError(ErrorCode::Conflict, "changed in between"));
    REQUIRE(b.election.step());
    CHECK(b.election.standing() == Standing::Candidate);
    CHECK_FALSE(b.fence->enter());
}

TEST_CASE("a lease that is given back is taken at the next look") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    REQUIRE(a.election.step());
    REQUIRE(b.election.step());
    REQUIRE(a.election.release());
    CHECK_FALSE(a.fence->enter());
    CHECK(storedHolder(*client).empty());
    REQUIRE(b.election.step());
    CHECK(b.election.standing() == Standing::Leader);
    // Given back once more, by somebody who does not have it: nothing happens.
    REQUIRE(a.election.release());
    CHECK(storedHolder(*client) == "b");
}

TEST_CASE("a lease that another took meanwhile is not given back") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    REQUIRE(a.election.step());
    REQUIRE(b.election.step());
    pass(seconds{15}, {&a, &b});
    REQUIRE(b.election.step());
    REQUIRE(a.election.release());  // it does not know of b
    CHECK(storedHolder(*client) == "b");
}

TEST_CASE("a candidate has nothing to give back") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    Replica b{client, "b"};
    REQUIRE(a.election.step());
    REQUIRE(b.election.step());
    REQUIRE(b.election.release());
    CHECK(storedHolder(*client) == "a");
}

TEST_CASE("a lease that is deleted by hand is made again") {
    auto client = std::make_shared<FakeClient>();
    Replica a{client, "a"};
    REQUIRE(a.election.step());
    REQUIRE(client->remove(leases(), kLease, "", ""));
    REQUIRE(a.election.step());
    CHECK(a.election.standing() == Standing::Leader);
    CHECK(storedHolder(*client) == "a");
}

TEST_CASE("durations that cannot work together are refused with a reason") {
    struct Case {
        Duration lease, deadline, retry;
        const char* part;  // of the message; empty: they are good
    };
    const Case cases[] = {
        {seconds{15}, seconds{10}, seconds{2}, ""},
        {seconds{2}, milliseconds{1500}, milliseconds{250}, ""},
        {seconds{10}, seconds{10}, seconds{2}, "longer than the renew deadline"},
        {seconds{15}, seconds{3}, seconds{2}, "twice the retry period"},
        {milliseconds{1500}, seconds{1}, milliseconds{100}, "whole seconds"},
        {std::chrono::hours{2}, seconds{10}, seconds{2}, "at most an hour"},
        {seconds{15}, seconds{10}, Duration{0}, "100ms or more"},
    };
    for (const Case& one : cases) {
        ElectionOptions options = optionsOf("a");
        options.leaseDuration = one.lease;
        options.renewDeadline = one.deadline;
        options.retryPeriod = one.retry;
        const auto checked = checkElection(options);
        if (*one.part == '\0') {
            CHECK(checked);
        } else {
            REQUIRE_FALSE(checked);
            CHECK(checked.error().message.find(one.part) != std::string::npos);
        }
    }
}

TEST_CASE("two electors with threads: one leads, and hands over when it is stopped") {
    const SystemClock clock;
    auto client = std::make_shared<FakeClient>();
    const auto begin = [&](const std::string& identity, const std::shared_ptr<Fence>& fence) {
        ElectionOptions options = optionsOf(identity);
        options.retryPeriod = milliseconds{2};
        return std::make_unique<LeaderElector>(client, clock, options, fence,
                                               ElectionListener{[](const std::string&) {}, [](const Error&) {}});
    };
    const auto fenceA = std::make_shared<Fence>(clock);
    const auto fenceB = std::make_shared<Fence>(clock);
    auto a = begin("a", fenceA);
    REQUIRE(a->waitWhile(Standing::Candidate, {}) == Standing::Leader);
    auto b = begin("b", fenceB);
    CHECK(b->standing() == Standing::Candidate);
    REQUIRE(a->stop(true));
    REQUIRE(b->waitWhile(Standing::Candidate, {}) == Standing::Leader);
    CHECK_FALSE(fenceA->enter());
    CHECK(fenceB->enter());
}

TEST_CASE("an elector says once what keeps it from the lease, and ends when it is told to") {
    const SystemClock clock;
    auto client = std::make_shared<FakeClient>();
    client->cutOff(true);
    std::atomic<int> errors = 0;
    std::stop_source stop;
    ElectionOptions options = optionsOf("a");
    options.retryPeriod = milliseconds{2};
    LeaderElector elector{client,
                          clock,
                          options,
                          std::make_shared<Fence>(clock),
                          {[](const std::string&) {},
                           [&](const Error&) {
                               ++errors;
                               stop.request_stop();
                           }}};
    CHECK(elector.waitWhile(Standing::Candidate, stop.get_token()) == Standing::Candidate);
    client->cutOff(false);
    CHECK(elector.waitWhile(Standing::Candidate, {}) == Standing::Leader);
    CHECK(errors == 1);
}

TEST_CASE("a leader is told that its term is over while the API server does not answer") {
    const SystemClock clock;
    auto client = std::make_shared<FakeClient>();
    ElectionOptions options = optionsOf("a");
    options.renewDeadline = milliseconds{50};
    options.retryPeriod = seconds{3600};  // its thread does not come round in time
    LeaderElector elector{
        client, clock, options, std::make_shared<Fence>(clock), {[](const std::string&) {}, [](const Error&) {}}};
    REQUIRE(elector.waitWhile(Standing::Candidate, {}) != Standing::Candidate);
    CHECK(elector.waitWhile(Standing::Leader, {}) == Standing::Deposed);
}

TEST_CASE("a look that throws is one that failed, and the next one leads") {
    const SystemClock clock;
    auto client = std::make_shared<FakeClient>();
    client->throwAtNextWrite("boom");
    std::atomic<int> told = 0;
    ElectionOptions options = optionsOf("a");
    options.retryPeriod = milliseconds{2};
    LeaderElector elector{client,
                          clock,
                          options,
                          std::make_shared<Fence>(clock),
                          {[](const std::string&) {}, [](const Error&) {}, [&](const std::string&) { ++told; }}};
    CHECK(elector.waitWhile(Standing::Candidate, {}) == Standing::Leader);
    CHECK(told == 1);
}
