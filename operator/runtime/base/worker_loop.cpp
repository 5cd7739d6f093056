#include "operator/runtime/base/worker_loop.hpp"

#include <algorithm>
#include <utility>

#include "operator/runtime/base/stop_wait.hpp"

namespace bursar {
namespace {

constexpr Duration kLongestWait = std::chrono::hours{1};
constexpr BackoffPolicy kAfterException{std::chrono::milliseconds{100}, std::chrono::seconds{30}};

}  // namespace

WorkerLoop::WorkerLoop(Turn turn, Duration debounce, OnException onException)
    : turn_(std::move(turn)), debounce_(debounce), onException_(std::move(onException)) {}

WorkerLoop::~WorkerLoop() { stop(); }

void WorkerLoop::start() {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void WorkerLoop::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void WorkerLoop::wake() {
    const MutexLock lock{mutex_};
    woken_ = true;
    signal_.notify_all();
}

void WorkerLoop::run(const std::stop_token& stop) {
    Duration wait{0};
    while (true) {
        {
            MutexLock lock{mutex_};
            signal_.wait_for(lock, stop, std::clamp(wait, Duration{0}, kLongestWait),
                             [this]() REQUIRES(mutex_) { return woken_; });
            if (woken_) signal_.wait_for(lock, stop, debounce_, [] { return false; });
        }
        if (stop.stop_requested()) return;
        wait = takeGuardedTurn(stop);
    }
}

Duration WorkerLoop::takeGuardedTurn(const std::stop_token& stop) {
    const auto next = guarded(onException_, [&]() -> Result<Duration> { return takeTurn(stop); });
    if (next) {
        failures_ = {};
        return *next;
    }
    failures_.backOff(std::chrono::steady_clock::now(), kAfterException);
    waitForStop(stop, failures_.delay);
    wake();  // what the turn was to do is still to be done
    return Duration{0};
}

Duration WorkerLoop::takeTurn(const std::stop_token& stop) {
    bool woken = false;
    {
        const MutexLock lock{mutex_};
        woken = std::exchange(woken_, false);
    }
    return turn_(woken, stop);
}

}  // namespace bursar
