// Waiting for a stop, of threads that wait for nothing else. Thread-safe.
#pragma once

#include <stop_token>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

// Returns when a stop is asked for.
void waitForStop(const std::stop_token& stop);

// The same, or when `most` has passed; true where a stop is asked for.
bool waitForStop(const std::stop_token& stop, Duration most);

}  // namespace bursar
