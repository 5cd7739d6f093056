#include "operator/runtime/base/guarded.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>

#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/stop_wait.hpp"
#include "operator/runtime/base/utf8.hpp"

namespace bursar {
namespace {

constexpr std::size_t kMostCause = 300;
constexpr BackoffPolicy kRestart{std::chrono::milliseconds{100}, std::chrono::seconds{30}};

std::string currentCause() {
    try {
        throw;
    } catch (const std::exception& problem) {
        return boundedText(problem.what(), kMostCause);
    } catch (...) {
        return "what was thrown is no std::exception";
    }
}

}  // namespace

Error caught(const OnException& onException) {
    const std::string cause = currentCause();
    if (onException) onException(cause);
    return makeError(ErrorCode::Internal, fmt::format("a defect of Bursar, please report it: {}", cause));
}

void keepRunning(const std::stop_token& stop, const OnException& onException, const std::function<void()>& run) {
    Attempts attempts;
    while (!stop.stop_requested()) {
        const auto begun = std::chrono::steady_clock::now();
        const auto ended = guarded(onException, [&]() -> Result<void> {
            run();
            return {};
        });
        if (ended) return;
        const auto now = std::chrono::steady_clock::now();
        if (now - begun > kRestart.most) attempts = {};  // it went well for a while
        attempts.backOff(now, kRestart);
        waitForStop(stop, attempts.delay);
    }
}

}  // namespace bursar
