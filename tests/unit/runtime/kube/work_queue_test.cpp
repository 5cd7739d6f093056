#include "operator/runtime/kube/work_queue.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace bursar;
using bursar::kube::WorkQueue;
using std::chrono::milliseconds;

namespace {

const Instant kStart = *parseInstant("2026-11-24T00:00:00Z");

}  // namespace

TEST_CASE("a key that was added twice is handled once") {
    const ManualClock clock{kStart};
    WorkQueue queue{clock};
    queue.add("a");
    queue.add("a");
    queue.add("b");
    CHECK(queue.size() == 2);
    CHECK(queue.next() == "a");
    CHECK(queue.next() == "b");
    CHECK(queue.size() == 0);
}

TEST_CASE("a key added while it is handled comes back after done, never to two workers at a time") {
    const ManualClock clock{kStart};
    WorkQueue queue{clock};
    queue.add("a");
    CHECK(queue.next() == "a");
    queue.add("a");
    CHECK(queue.size() == 0);
    queue.done("a");
    CHECK(queue.size() == 1);
    CHECK(queue.next() == "a");
    queue.done("a");
    CHECK(queue.size() == 0);
}

TEST_CASE("an earlier time wins over a later one, not the other way round") {
    ManualClock clock{kStart};
    WorkQueue queue{clock};
    queue.addAfter("late", milliseconds{500});
    queue.addAfter("early", milliseconds{100});
    queue.addAfter("late", milliseconds{50});
    queue.addAfter("early", milliseconds{900});
    clock.advance(milliseconds{100});
    CHECK(queue.next() == "late");
    CHECK(queue.next() == "early");
}

TEST_CASE("each failure waits longer, up to a bound, until the key succeeds") {
    ManualClock clock{kStart};
    WorkQueue queue{clock, {milliseconds{100}, milliseconds{1000}}};
    // How long until the key is due, found by moving the clock.
    const auto wait = [&] {
        queue.addRateLimited("key");
        milliseconds waited{0};
        queue.addAfter("probe", milliseconds{0});
        while (true) {
            const auto next = queue.next();
            queue.done(*next);
            if (*next == "key") return waited;
            clock.advance(milliseconds{1});
            ++waited;
            queue.addAfter("probe", milliseconds{0});
        }
    };
    const auto first = wait();
    const auto second = wait();
    const auto third = wait();
    CHECK(first.count() >= 75);
    CHECK(first.count() <= 101);
    CHECK(second.count() >= 2 * first.count() - 3);
    CHECK(third > second);
    for (int i = 0; i < 30; ++i) wait();
    CHECK(wait().count() <= 1001);
    queue.forget("key");
    CHECK(wait().count() <= 101);
}

TEST_CASE("stop lets waiting workers go and takes nothing more") {
    const ManualClock clock{kStart};
    WorkQueue queue{clock};
    std::optional<std::string> got{"something"};
    std::jthread worker{[&] { got = queue.next(); }};
    queue.stop();
    worker.join();
    CHECK_FALSE(got.has_value());
    queue.add("a");
    CHECK(queue.size() == 0);
}
