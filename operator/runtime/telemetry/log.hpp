// The one way of logging: a constant message that says what happened, and pairs that say to whom, on one line of
// standard error. As text, for people:
//
//   2026-11-24T08:00:00.123456Z warn limits not published gateway="main.envoy" error="forbidden" retry=true
//
// or as one JSON object, for whoever collects logs: {"time":…,"level":…,"msg":…,"gateway":…}.
// Values are often what a team or a server wrote: everything but printable ASCII is escaped in both forms, so that a
// value cannot end its quotes, begin a line, or move a terminal's cursor. Thread-safe.
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

// A pair. It refers to what it was made of, so it is only for the call it is written in. Keys are words of ours, other
// than `time`, `level` and `msg`.
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

// Before anything is logged; until then it is text, from Info on.
void setFormat(Format format);
// At any time.
void setLevel(Level level);
[[nodiscard]] Level level();
// One level more, or fewer; says so in the log.
void moreVerbose();
void lessVerbose();

// The line, without its end.
std::string formatLine(Format format, Instant now, Level level, std::string_view message, Fields fields);

}  // namespace bursar::log
