#include "operator/runtime/base/stop_wait.hpp"

#include <condition_variable>
#include <mutex>

namespace bursar {

void waitForStop(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    stopped.wait(lock, stop, [] { return false; });
}

bool waitForStop(const std::stop_token& stop, Duration most) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    stopped.wait_for(lock, stop, most, [] { return false; });
    return stop.stop_requested();
}

}  // namespace bursar
