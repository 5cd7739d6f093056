#include "operator/runtime/base/backoff.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using std::chrono::seconds;

namespace {

constexpr BackoffPolicy kBounds{seconds{1}, seconds{15}};
const Attempts::TimePoint kStart{seconds{1000}};

}  // namespace

TEST_CASE("what never failed is due at once") { CHECK(Attempts{}.isDue(kStart)); }

TEST_CASE("every failure doubles the wait, up to the longest") {
    Attempts attempts;
    for (const int expected : {1, 2, 4, 8, 15, 15}) {
        attempts.backOff(kStart, kBounds);
        CHECK(attempts.delay == seconds{expected});
        CHECK_FALSE(attempts.isDue(kStart + seconds{expected} - Duration{1}));
        CHECK(attempts.isDue(kStart + seconds{expected}));
    }
}

TEST_CASE("a server that asks for longer is left alone for longer, and the next wait is no longer for it") {
    Attempts attempts;
    attempts.backOff(kStart, kBounds, seconds{60});
    CHECK_FALSE(attempts.isDue(kStart + seconds{59}));
    CHECK(attempts.isDue(kStart + seconds{60}));
    attempts.backOff(kStart, kBounds, seconds{1});
    CHECK(attempts.isDue(kStart + seconds{2}));
}

TEST_CASE("after a short wait of another kind the first is the shortest again") {
    Attempts attempts{kStart, std::chrono::milliseconds{10}};
    attempts.backOff(kStart, kBounds);
    CHECK(attempts.delay == seconds{1});
}
