#include "operator/runtime/base/calendar_day.hpp"

namespace bursar {

std::string formatDay(Instant day) { return formatInstant(day).substr(0, std::string_view{"2026-11-24"}.size()); }

std::optional<Instant> parseDay(std::string_view text) { return parseInstant(std::string{text} + "T00:00:00Z"); }

}  // namespace bursar
