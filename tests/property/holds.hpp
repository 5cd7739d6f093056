// Runs a property over random cases. A failure prints its seed; RC_PARAMS="seed=…" repeats it.
#pragma once

#include <rapidcheck.h>

#include <catch2/catch.hpp>

namespace bursar::testing {

template <typename Property>
void holds(const char* says, Property property) {
    INFO(says);
    CHECK(rc::check(says, property));
}

}  // namespace bursar::testing
