#include "operator/runtime/base/stop_wait.hpp"

#include <condition_variable>

#include "operator/runtime/base/mutex.hpp"

namespace bursar {

void waitForStop(const std::stop_token& stop) {
    Mutex mutex;
    std::condition_variable_any stopped;
    MutexLock lock{mutex};
    stopped.wait(lock, stop, [] { return false; });
}

bool waitForStop(const std::stop_token& stop, Duration most) {
    Mutex mutex;
    std::condition_variable_any stopped;
    MutexLock lock{mutex};
    stopped.wait_for(lock, stop, most, [] { return false; });
    return stop.stop_requested();
}

}  // namespace bursar
