// Private to this folder: how a reader of what is stored says that it cannot go on.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::ledger {

// What a line or a body holds and cannot be used. Thrown from anywhere within, caught where it is read, where it
// becomes an Error.
struct Unusable {
    std::string why;
};

inline Instant usableDay(std::string_view text) {
    const auto day = parseDay(text);
    if (!day) throw Unusable{fmt::format("\"{}\" is no day", text)};
    return *day;
}

inline Instant usableInstant(std::string_view text) {
    const auto instant = parseInstant(text);
    if (!instant) throw Unusable{fmt::format("\"{}\" is no time", text)};
    return *instant;
}

}  // namespace bursar::ledger
