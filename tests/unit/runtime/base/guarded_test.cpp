#include "operator/runtime/base/guarded.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

using namespace bursar;

namespace {

struct Told {
    std::vector<std::string> causes;
    OnException listener() {
        return [this](const std::string& cause) { causes.push_back(cause); };
    }
};

using Causes = std::vector<std::string>;

}  // namespace

TEST_CASE("an exception of a piece of work becomes an error and is reported") {
    Told told;
    const auto fine = guarded(told.listener(), []() -> Result<int> { return 7; });
    CHECK(fine == 7);
    const auto refused = guarded(told.listener(), []() -> Result<int> { return makeError(ErrorCode::Conflict, "no"); });
    CHECK(refused.error().isConflict());
    CHECK(told.causes.empty());
    const auto threw = guarded(told.listener(), []() -> Result<int> { throw std::runtime_error("boom \xff"); });
    REQUIRE_FALSE(threw);
    CHECK(threw.error().code == ErrorCode::Internal);
    CHECK(threw.error().message == "a defect of Bursar, please report it: boom \uFFFD");
    CHECK_FALSE(guarded(told.listener(), []() -> Result<void> { throw 7; }));  // NOLINT: nothing is known of it
    CHECK(told.causes == Causes{"boom \uFFFD", "what was thrown is no std::exception"});
    CHECK_FALSE(guarded({}, []() -> Result<void> { throw std::bad_alloc{}; }));
    const auto long_ = guarded({}, []() -> Result<void> { throw std::runtime_error(std::string(10'000, 'x')); });
    CHECK(long_.error().message.size() < 400);
}

TEST_CASE("a run that throws is run again, until it returns") {
    Told told;
    int runs = 0;
    keepRunning({}, told.listener(), [&] {
        if (++runs == 1) throw std::runtime_error("boom");
    });
    CHECK(runs == 2);
    CHECK(told.causes == Causes{"boom"});
}

TEST_CASE("a stop ends the pause before the next run") {
    std::stop_source stop;
    int runs = 0;
    keepRunning(stop.get_token(), {}, [&] {
        ++runs;
        stop.request_stop();
        throw std::runtime_error("boom");
    });
    CHECK(runs == 1);
}
