// How a thread of Bursar survives an unexpected exception: it reports the exception and goes on. An exception that
// leaves a thread would end the process, for every team.
//
// Each piece of work that returns a Result runs inside guarded(), which turns an exception into an Error like any
// other, so that the usual backoff of that work applies. keepRunning() runs the loop around it, as the last resort.
// Thread-safe if the OnException that is given is.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "operator/runtime/base/result.hpp"

namespace bursar {

// Receives the cause of an exception, on the thread that caught it, to log and count it. May be empty. Must not throw.
using OnException = std::function<void(const std::string& cause)>;

// Reports the exception being handled and returns it as an Error (Internal). Call it only within a catch.
Error caught(const OnException& onException);

// Returns the Result of `work`, or caught() if it throws.
template <typename Work>
std::invoke_result_t<Work> guarded(const OnException& onException, Work&& work) {
    try {
        return std::forward<Work>(work)();
    } catch (...) {
        return caught(onException);
    }
}

// Runs `run` until it returns, and again if it throws: after 100 ms at first, twice as long each time, 30 s at most.
// Returns early if a stop is requested.
void keepRunning(const std::stop_token& stop, const OnException& onException, const std::function<void()>& run);

}  // namespace bursar
