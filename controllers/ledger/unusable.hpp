// Private to this folder: how a reader of stored text gives up.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::ledger {

// Why a stored line or body cannot be used. Thrown while it is read; the public reader turns it into an Error.
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
