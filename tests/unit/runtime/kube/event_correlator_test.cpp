#include "operator/runtime/kube/event_correlator.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::kube;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kStart = *parseInstant("2026-11-24T08:00:00Z");

// A correlator whose events are all written, to objects named e1, e2, …
struct Written {
    EventCorrelator correlator{{minutes{10}, 3, 5, minutes{5}, 100}};
    int created = 0;
    Instant now = kStart;

    // `e1 x2: message`, or `dropped`.
    std::string record(const std::string& message, const std::string& reason = "Stalled",
                       const std::string& object = "u1") {
        const auto event = correlator.correlate(object, object + reason, message, now);
        if (!event) return "dropped";
        const Key key = event->known.value_or(Key{"team", "e" + std::to_string(created + 1)});
        if (!event->known) ++created;
        correlator.written(*event, key, now);
        return key.name + " x" + std::to_string(event->count) + ": " + event->message;
    }
};

}  // namespace

TEST_CASE("the same event within a window counts up its object, and after a quiet window it is a new one") {
    Written events;
    CHECK(events.record("no such pool") == "e1 x1: no such pool");
    events.now += minutes{9};
    CHECK(events.record("no such pool") == "e1 x2: no such pool");
    events.now += minutes{10};
    CHECK(events.record("no such pool") == "e1 x3: no such pool");
    events.now += minutes{10} + seconds{1};
    CHECK(events.record("no such pool") == "e2 x1: no such pool");
}

TEST_CASE("other messages, reasons and objects have objects of their own") {
    Written events;
    CHECK(events.record("a") == "e1 x1: a");
    CHECK(events.record("b") == "e2 x1: b");
    CHECK(events.record("a", "Granted") == "e3 x1: a");
    CHECK(events.record("a", "Stalled", "u2") == "e4 x1: a");
    CHECK(events.record("a") == "e1 x2: a");
}

TEST_CASE("many messages of one reason become one event that says so") {
    Written events;
    events.record("consumed 1");
    events.record("consumed 2");
    events.record("consumed 3");
    CHECK(events.record("consumed 4") == "e4 x1: (combined from similar events): consumed 4");
    events.now += minutes{5};  // a token more
    CHECK(events.record("consumed 5") == "e4 x2: (combined from similar events): consumed 5");
    events.now += minutes{10} + seconds{1};
    CHECK(events.record("consumed 6") == "e5 x1: consumed 6");  // a quiet window: they are apart again
}

TEST_CASE("one object may not fill the cluster with events, and does not take from another") {
    Written events;
    for (int i = 0; i < 5; ++i) CHECK(events.record("same") != "dropped");
    CHECK(events.record("same") == "dropped");
    CHECK(events.record("other", "Granted") == "dropped");
    CHECK(events.record("same", "Stalled", "u2") != "dropped");
    events.now += minutes{5};
    CHECK(events.record("same") == "e1 x6: same");
    CHECK(events.record("same") == "dropped");
    events.now += std::chrono::hours{24};
    for (int i = 0; i < 5; ++i) CHECK(events.record("same") != "dropped");
    CHECK(events.record("same") == "dropped");  // no more than the burst, however long it was quiet
}

TEST_CASE("an event whose object is gone is created again") {
    Written events;
    events.record("a");
    const auto again = events.correlator.correlate("u1", "u1Stalled", "a", events.now);
    REQUIRE(again);
    REQUIRE(again->known);
    events.correlator.forget(*again);
    CHECK(events.record("a") == "e2 x1: a");
}

TEST_CASE("what is remembered is bounded") {
    Written events;
    for (int i = 0; i < 1000; ++i) events.record("a", "Stalled", "object-" + std::to_string(i));
    CHECK(events.record("a", "Stalled", "object-999") == "e1000 x2: a");  // the last ones are known
    CHECK(events.record("a", "Stalled", "object-0") == "e1001 x1: a");    // the first are not any more
}
