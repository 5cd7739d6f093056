// Calendar days in UTC as text (`2026-11-24`), by the instant they start at.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "operator/runtime/base/instant.hpp"

namespace bursar {

std::string formatDay(Instant day);

// Nothing on anything that is no day of the calendar.
std::optional<Instant> parseDay(std::string_view text);

}  // namespace bursar
