// A thread that works in turns: it waits until somebody wakes it or the time of its next turn has come, then takes one.
//
// Guarantees: a wake() is followed by a turn that began after it; wakes that come together are one turn. A turn that
// throws is reported and taken again, as one that was woken, after a pause that doubles (guarded.hpp). Threads: one,
// begun by start(), joined by stop() or the destructor; wake() may be called from any thread, also by the turn itself.
#pragma once

#include <condition_variable>
#include <functional>
#include <stop_token>
#include <thread>

#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar {

class WorkerLoop {
  public:
    // Takes one turn; returns how long to wait for the next one, unless somebody wakes the loop. `woken` is false where
    // only time has passed; the first turn counts as woken. Called on the loop's thread only.
    using Turn = std::function<Duration(bool woken, const std::stop_token& stop)>;

    // After a wake() the loop waits for `debounce`, so that changes that come together are one turn. `onException`
    // receives the causes of turns that threw.
    explicit WorkerLoop(Turn turn, Duration debounce = Duration{0}, OnException onException = {});
    ~WorkerLoop();
    WorkerLoop(const WorkerLoop&) = delete;
    WorkerLoop& operator=(const WorkerLoop&) = delete;

    // The first turn begins at once.
    void start();
    // Returns when the turn that is under way has ended. No turn begins after it.
    void stop();
    void wake();
    // Takes a turn at once, on the calling thread. For a loop without its thread, as tests have it.
    Duration takeTurn(const std::stop_token& stop = {});

  private:
    void run(const std::stop_token& stop);
    Duration takeGuardedTurn(const std::stop_token& stop);

    const Turn turn_;
    const Duration debounce_;
    const OnException onException_;

    // Used by the loop's thread only.
    Attempts failures_;

    Mutex mutex_;
    std::condition_variable_any signal_;
    bool woken_ GUARDED_BY(mutex_) = true;

    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar
