#include "operator/runtime/telemetry/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::log {
namespace {

std::atomic<Format> chosenFormat{Format::Text};

// spdlog keeps the level and writes whole lines; their content comes from formatLine().
spdlog::logger& sink() {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = spdlog::stderr_logger_mt("bursar");
        made->set_pattern("%v");
        made->set_level(spdlog::level::info);
        return made;
    }();
    return *logger;
}

spdlog::level::level_enum spdlogLevel(Level level) {
    switch (level) {
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Info:
            return spdlog::level::info;
        case Level::Warn:
            return spdlog::level::warn;
        case Level::Error:
            return spdlog::level::err;
    }
    return spdlog::level::off;
}

std::string_view toString(Level level) {
    switch (level) {
        case Level::Debug:
            return "debug";
        case Level::Info:
            return "info";
        case Level::Warn:
            return "warn";
        case Level::Error:
            return "error";
    }
    return "";
}

// Quotes the text, escapes everything but printable ASCII, and replaces bytes that are not UTF-8.
std::string quoted(std::string_view text) { return asciiJsonText(nlohmann::json(text)); }

std::string valueOf(const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) return quoted(*text);
    if (const auto* flag = std::get_if<bool>(&field.value)) return *flag ? "true" : "false";
    return std::to_string(std::get<std::int64_t>(field.value));
}

void write(Level level, std::string_view message, Fields fields) {
    if (!sink().should_log(spdlogLevel(level))) return;
    sink().log(spdlogLevel(level), "{}", formatLine(chosenFormat, SystemClock{}.now(), level, message, fields));
}

void moveLevel(int by) {
    const int next =
        std::clamp(static_cast<int>(level()) + by, static_cast<int>(Level::Debug), static_cast<int>(Level::Error));
    setLevel(static_cast<Level>(next));
    // Logged at the new level, so that it is always visible.
    write(static_cast<Level>(next), "log level changed", {{"to", toString(static_cast<Level>(next))}});
}

}  // namespace

std::string formatLine(Format format, Instant now, Level level, std::string_view message, Fields fields) {
    std::string line;
    if (format == Format::Text) {
        line = fmt::format("{} {} {}", formatMicroInstant(now), toString(level), message);
        for (const Field& field : fields) line += fmt::format(" {}={}", field.key, valueOf(field));
        return line;
    }
    line = fmt::format(R"({{"time":"{}","level":"{}","msg":{})", formatMicroInstant(now), toString(level),
                       quoted(message));
    for (const Field& field : fields) line += fmt::format(",\"{}\":{}", field.key, valueOf(field));
    return line + "}";
}

void debug(std::string_view message, Fields fields) { write(Level::Debug, message, fields); }
void info(std::string_view message, Fields fields) { write(Level::Info, message, fields); }
void warn(std::string_view message, Fields fields) { write(Level::Warn, message, fields); }
void error(std::string_view message, Fields fields) { write(Level::Error, message, fields); }

void setFormat(Format format) { chosenFormat = format; }
void setLevel(Level level) { sink().set_level(spdlogLevel(level)); }

Level level() {
    for (const Level each : {Level::Debug, Level::Info, Level::Warn}) {
        if (sink().level() <= spdlogLevel(each)) return each;
    }
    return Level::Error;
}

void moreVerbose() { moveLevel(-1); }
void lessVerbose() { moveLevel(1); }

}  // namespace bursar::log
