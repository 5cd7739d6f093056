#include "operator/runtime/kube/fence.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace bursar;
using namespace bursar::kube;
using std::chrono::seconds;

namespace {

const Instant kStart = *parseInstant("2026-11-24T08:00:00Z");

}  // namespace

TEST_CASE("a fence is closed before the first term and after the last") {
    ManualClock clock{kStart};
    Fence fence{clock};
    REQUIRE_FALSE(fence.enter());
    CHECK(fence.enter().error().isCancelled());
    CHECK_FALSE(fence.deadline());
    REQUIRE(fence.extend(clock.steadyNow() + seconds{10}));
    CHECK(fence.enter());
    clock.advance(seconds{9});
    CHECK(fence.enter());
    clock.advance(seconds{1});
    CHECK_FALSE(fence.enter());
    CHECK_FALSE(fence.deadline());
}

TEST_CASE("a term that is renewed goes on, one that ran out does not come back") {
    ManualClock clock{kStart};
    Fence fence{clock};
    REQUIRE(fence.extend(clock.steadyNow() + seconds{10}));
    clock.advance(seconds{9});
    REQUIRE(fence.extend(clock.steadyNow() + seconds{10}));
    clock.advance(seconds{9});
    CHECK(fence.isOpen());
    clock.advance(seconds{1});
    CHECK_FALSE(fence.extend(clock.steadyNow() + seconds{10}));
    CHECK_FALSE(fence.isOpen());
}

TEST_CASE("a renewal whose answer came after its own deadline opens nothing") {
    ManualClock clock{kStart};
    Fence fence{clock};
    const auto asked = clock.steadyNow();
    clock.advance(seconds{10});
    CHECK_FALSE(fence.extend(asked + seconds{10}));
    CHECK_FALSE(fence.enter());
}

TEST_CASE("a closed fence stays closed") {
    ManualClock clock{kStart};
    Fence fence{clock};
    REQUIRE(fence.extend(clock.steadyNow() + seconds{10}));
    fence.close();
    CHECK_FALSE(fence.extend(clock.steadyNow() + seconds{10}));
    CHECK_FALSE(fence.enter());
}

TEST_CASE("draining waits for the write that is under way") {
    ManualClock clock{kStart};
    Fence fence{clock};
    REQUIRE(fence.extend(clock.steadyNow() + seconds{10}));
    auto permit = fence.enter();
    REQUIRE(permit);
    fence.close();
    CHECK_FALSE(fence.drain(Duration{0}));
    std::jthread writer{[&] { permit->reset(); }};
    CHECK(fence.drain(seconds{20}));
}
