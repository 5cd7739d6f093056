#include "operator/runtime/base/instant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "operator/runtime/base/ascii.hpp"

namespace bursar {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kEarliestInstant{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}};

// Reads exactly `count` digits at `position` and moves past them.
std::optional<int> digits(std::string_view text, std::size_t& position, std::size_t count) {
    if (position + count > text.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char c = text[position + i];
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    position += count;
    return value;
}

bool literal(std::string_view text, std::size_t& position, char wanted) {
    if (position >= text.size() || text[position] != wanted) return false;
    ++position;
    return true;
}

// `.5` and longer; digits beyond microseconds are cut off, as metav1.MicroTime does.
std::optional<Duration> fraction(std::string_view text, std::size_t& position) {
    if (position >= text.size() || text[position] != '.') return Duration{0};
    ++position;
    Duration::rep micros = 0;
    std::size_t read = 0;
    while (position < text.size() && isDigit(text[position])) {
        if (read < 6) micros = micros * 10 + (text[position] - '0');
        ++read;
        ++position;
    }
    if (read == 0) return std::nullopt;
    for (; read < 6; ++read) micros *= 10;
    return Duration{micros};
}

// `Z` or `+hh:mm`: the offset to subtract from the local time.
std::optional<minutes> zone(std::string_view text, std::size_t& position) {
    if (position >= text.size()) return std::nullopt;
    const char sign = text[position++];
    if (sign == 'Z' || sign == 'z') return minutes{0};
    if (sign != '+' && sign != '-') return std::nullopt;
    const auto hour = digits(text, position, 2);
    if (!hour || !literal(text, position, ':')) return std::nullopt;
    const auto minute = digits(text, position, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    const minutes offset = hours{*hour} + minutes{*minute};
    return sign == '+' ? offset : -offset;
}

}  // namespace

std::optional<Instant> parseInstant(std::string_view text) {
    std::size_t at = 0;
    const auto year = digits(text, at, 4);
    if (!year || !literal(text, at, '-')) return std::nullopt;
    const auto month = digits(text, at, 2);
    if (!month || !literal(text, at, '-')) return std::nullopt;
    const auto day = digits(text, at, 2);
    if (!day || at >= text.size() || (text[at] != 'T' && text[at] != 't')) return std::nullopt;
    ++at;
    const auto hour = digits(text, at, 2);
    if (!hour || !literal(text, at, ':')) return std::nullopt;
    const auto minute = digits(text, at, 2);
    if (!minute || !literal(text, at, ':')) return std::nullopt;
    const auto second = digits(text, at, 2);
    if (!second) return std::nullopt;
    const auto part = fraction(text, at);
    if (!part) return std::nullopt;
    const auto offset = zone(text, at);
    if (!offset || at != text.size()) return std::nullopt;

    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const Instant base = std::chrono::sys_days{date} + hours{*hour} + minutes{*minute} - *offset;
    const Instant read = *second == 60 ? base + minutes{1} - Duration{1} : base + seconds{*second} + *part;
    // The offset may move the instant out of the years that have four digits.
    const auto utcYear = std::chrono::year_month_day{std::chrono::floor<days>(read)}.year();
    if (utcYear < std::chrono::year{0} || utcYear > std::chrono::year{9999}) return std::nullopt;
    return read;
}

std::string formatInstant(Instant instant) {
    instant = std::clamp(instant, kEarliestInstant, kLatestInstant);
    const auto day = std::chrono::floor<days>(instant);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{std::chrono::floor<seconds>(instant - day)};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::string formatMicroInstant(Instant instant) {
    instant = std::clamp(instant, kEarliestInstant, kLatestInstant);
    const auto whole = std::chrono::floor<seconds>(instant);
    std::string text = formatInstant(instant);
    text.pop_back();
    return fmt::format("{}.{:06}Z", text, (instant - whole).count());
}

std::optional<Duration> parseDuration(std::string_view text) {
    static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
        {"ns", 1},
        {"us", 1'000},
        {"ms", 1'000'000},
        {"s", 1'000'000'000},
        {"m", 60'000'000'000},
        {"h", 3'600'000'000'000},
    };
    if (text == "0") return Duration{0};
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;  // nanoseconds, as Go counts
    while (!text.empty()) {
        std::int64_t whole = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
        const bool hasWhole = error == std::errc{} && whole >= 0 && text.front() != '-';
        if (error == std::errc::result_out_of_range || text.front() == '-') return std::nullopt;
        if (hasWhole) text.remove_prefix(static_cast<std::size_t>(end - text.data()));

        std::int64_t part = 0;
        std::int64_t scale = 1;
        bool hasPart = false;
        if (!text.empty() && text.front() == '.') {
            text.remove_prefix(1);
            while (!text.empty() && isDigit(text.front())) {
                if (scale < 1'000'000'000) {
                    part = part * 10 + (text.front() - '0');
                    scale *= 10;
                }
                hasPart = true;
                text.remove_prefix(1);
            }
        }
        if (!hasWhole && !hasPart) return std::nullopt;

        std::size_t length = 0;
        while (length < text.size() && isLowercaseLetter(text[length])) ++length;
        const std::string_view name = text.substr(0, length);
        std::int64_t nanos = 0;
        for (const auto& [unit, value] : kUnits) {
            if (unit == name) nanos = value;
        }
        if (nanos == 0) return std::nullopt;
        text.remove_prefix(length);

        std::int64_t span = 0;
        const auto fractionNanos = static_cast<std::int64_t>(static_cast<__int128>(part) * nanos / scale);
        if (__builtin_mul_overflow(whole, nanos, &span) || __builtin_add_overflow(span, fractionNanos, &span) ||
            __builtin_add_overflow(total, span, &total)) {
            return std::nullopt;
        }
    }
    return Duration{total / 1'000};
}

std::string formatDuration(Duration duration) {
    const std::chrono::hh_mm_ss time{std::chrono::floor<seconds>(duration)};
    const auto h = time.hours().count();
    const auto m = time.minutes().count();
    const auto s = time.seconds().count();
    if (h > 0) return fmt::format("{}h{}m{}s", h, m, s);
    if (m > 0) return fmt::format("{}m{}s", m, s);
    return fmt::format("{}s", s);
}

Instant instantOf(const std::tm& utc) {
    std::tm fields = utc;  // timegm() normalizes its argument
    return Instant{seconds{::timegm(&fields)}};
}

}  // namespace bursar
