// The one way of logging: a constant message and pairs with the details, on one line of standard error. As text, for
// people:
//
//   2026-11-24T08:00:00.123456Z warn limits not published gateway="main.envoy" error="forbidden" retry=true
//
// or as one JSON object, for log collectors: {"time":…,"level":…,"msg":…,"gateway":…}.
// Values often come from a team or a server. Both forms escape everything but printable ASCII, so that a value cannot
// end its quotes, begin a line, or move a terminal's cursor. Thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "operator/runtime/base/instant.hpp"

namespace bursar::log {

enum class Level { Debug, Info, Warn, Error };
enum class Format { Text, Json };

// A pair. It refers to the caller's text, so it is valid only within the call. Keys are our own words, except `time`,
// `level` and `msg`.
struct Field {
    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const std::string& text) : key(name), value(std::string_view{text}) {}
    Field(std::string_view name, const char* text) : key(name), value(std::string_view{text}) {}
    Field(std::string_view name, bool flag) : key(name), value(flag) {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Field(std::string_view name, Number number)
        : key(name), value(static_cast<std::int64_t>(number)) {}

    std::string_view key;
    std::variant<std::string_view, std::int64_t, bool> value;
};

using Fields = std::initializer_list<Field>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

// To be called before anything is logged. The default is text, from Info on.
void setFormat(Format format);
// At any time.
void setLevel(Level level);
[[nodiscard]] Level level();
// Changes the level by one, and logs the new level.
void moreVerbose();
void lessVerbose();

// The line, without a newline.
std::string formatLine(Format format, Instant now, Level level, std::string_view message, Fields fields);

}  // namespace bursar::log
