// Points in time and spans of time, as Kubernetes writes them.
//
// Instant is UTC with microseconds (Kubernetes' MicroTime); there is no local time anywhere in Bursar.
// Thread-safety: pure functions and values.
#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace bursar {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// The last whole second that RFC 3339 can say, 9999-12-31T23:59:59Z. The API server refuses an object with a later one.
inline constexpr Instant kLatestInstant{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} +
                                        std::chrono::seconds{86'399}};

// Reads RFC 3339 (`2026-11-24T08:00:00Z`, `2026-11-24T09:00:00.5+01:00`). Calendar dates are checked (no 30 February);
// a leap second `:60` is read as the last microsecond of that minute. Empty for any other text.
std::optional<Instant> parseInstant(std::string_view text);

// Whole seconds with `Z`, as metav1.Time prints (`2026-11-24T08:00:00Z`). What lies outside of the years 0 to 9999 is
// printed as the first or the last second within: what is printed can always be read again.
std::string formatInstant(Instant instant);

// Microseconds with `Z`, as metav1.MicroTime prints (Leases).
std::string formatMicroInstant(Instant instant);

// Reads a Go duration (`72h`, `1h30m`, `250ms`, `0`, `0s`; units ns us ms s m h). No sign. Empty for any other text,
// and for a value that does not fit.
std::optional<Duration> parseDuration(std::string_view text);

// Prints as Go does (`168h0m0s`, `1m30s`, `0s`), whole seconds.
std::string formatDuration(Duration duration);

// The instant of a date and time in UTC, as strptime(3) and OpenSSL return them. `utc` is not checked.
Instant instantOf(const std::tm& utc);

}  // namespace bursar
