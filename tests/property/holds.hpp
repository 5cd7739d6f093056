// Runs a property over random cases. A failure prints its seed; RC_PARAMS="seed=…" repeats it.
#pragma once

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

namespace bursar::testing {

// 10,000 a property; a tenth of it under sanitizers, which run some twenty times slower (tests/property/CMakeLists.txt).
inline constexpr int kWorlds = BURSAR_PROPERTY_WORLDS;

template <typename Property>
void holds(const char* says, Property property) {
    setenv("RC_PARAMS", ("max_success=" + std::to_string(kWorlds)).c_str(), 0);
    INFO(says);
    CHECK(rc::check(says, property));
}

}  // namespace bursar::testing
