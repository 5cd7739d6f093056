// For threads that only wait to be stopped. Thread-safe.
#pragma once

#include <stop_token>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

// Returns when a stop is requested.
void waitForStop(const std::stop_token& stop);

// The same, or when `most` has passed. True if a stop was requested.
bool waitForStop(const std::stop_token& stop, Duration most);

}  // namespace bursar
