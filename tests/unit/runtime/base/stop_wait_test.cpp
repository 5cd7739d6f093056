#include "operator/runtime/base/stop_wait.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace bursar;

TEST_CASE("a stop that was asked for is not waited for") {
    std::stop_source source;
    source.request_stop();
    waitForStop(source.get_token());
    CHECK(waitForStop(source.get_token(), std::chrono::hours{1}));
}

TEST_CASE("a stop ends the wait of another thread") {
    for (const bool isBounded : {false, true}) {
        std::jthread waiting{[isBounded](const std::stop_token& stop) {
            if (isBounded) {
                CHECK(waitForStop(stop, std::chrono::hours{1}));
            } else {
                waitForStop(stop);
            }
        }};
        waiting.request_stop();
        waiting.join();
    }
}

TEST_CASE("without a stop the wait ends when its time is over") {
    const std::stop_source source;
    CHECK_FALSE(waitForStop(source.get_token(), Duration{1}));
}
