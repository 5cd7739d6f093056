// Calendar days in UTC as text (`2026-11-24`); a day is represented by the instant it starts at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

std::string formatDay(Instant day);

// Empty for any text that is not a day of the calendar.
std::optional<Instant> parseDay(std::string_view text);

}  // namespace bursar
