#include "controllers/api/manifests/yaml_scalar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "operator/runtime/base/ascii.hpp"
#include "operator/runtime/base/utf8.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";
constexpr std::size_t kShown = 64;  // bytes of a value shown in a message
constexpr double kInt64Bound = 9223372036854775808.0;

Error invalid(std::string_view text, std::string_view why) {
    return makeError(ErrorCode::InvalidArgument,
                     fmt::format("{}{} {}; quote it if it is meant as text", boundedText(text, kShown),
                                 text.size() > kShown ? "…" : "", why));
}

template <std::size_t N>
bool isOneOf(std::string_view text, const std::string_view (&words)[N]) {
    return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

std::optional<json> wordOf(std::string_view text) {
    static constexpr std::string_view kTrue[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                 "True", "TRUE", "on",  "On",  "ON"};
    static constexpr std::string_view kFalse[] = {"n",     "N",     "no",  "No",  "NO", "false",
                                                  "False", "FALSE", "off", "Off", "OFF"};
    static constexpr std::string_view kNull[] = {"", "~", "null", "Null", "NULL"};
    const bool possible = text.empty() || std::string_view{"yYnNtTfFoO~"}.find(text[0]) != std::string_view::npos;
    if (!possible || text.size() > 5) return std::nullopt;
    if (isOneOf(text, kNull)) return json(nullptr);
    if (isOneOf(text, kTrue)) return json(true);
    if (isOneOf(text, kFalse)) return json(false);
    return std::nullopt;
}

bool isNoNumber(std::string_view text) {
    static constexpr std::string_view kWords[] = {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"};
    return isOneOf(text[0] == '+' || text[0] == '-' ? text.substr(1) : text, kWords);
}

struct Digits {
    bool negative = false;
    int base = 10;
    std::string_view text;
};

// Sign and prefix, as Go's strconv reads them for base 0: 0x, 0b, 0o, and a leading 0 for octal.
Digits splitBase(std::string_view text) {
    Digits digits;
    if (text[0] == '+' || text[0] == '-') {
        digits.negative = text[0] == '-';
        text.remove_prefix(1);
    }
    if (text.size() > 1 && text[0] == '0') {
        const char mark = static_cast<char>(text[1] | 0x20);
        digits.base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
        text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
    }
    digits.text = text;
    return digits;
}

// An integer; nothing for any other text; an error if the integer does not fit.
std::optional<Result<json>> integerOf(std::string_view whole) {
    const Digits digits = splitBase(whole);
    std::uint64_t value = 0;
    const char* end = digits.text.data() + digits.text.size();
    const auto [stopped, failure] = std::from_chars(digits.text.data(), end, value, digits.base);
    if (digits.text.empty() || stopped != end) return std::nullopt;
    constexpr std::uint64_t kLeast = std::uint64_t{1} << 63;
    if (failure != std::errc{} || (digits.negative && value > kLeast)) {
        return Result<json>{invalid(whole, "does not fit a 64-bit integer")};
    }
    if (digits.negative) return Result<json>{json(static_cast<std::int64_t>(~value + 1))};
    if (value < kLeast) return Result<json>{json(static_cast<std::int64_t>(value))};
    return Result<json>{json(value)};
}

// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
bool isFloatText(std::string_view text) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && isDigit(text[at])) ++at;
        return at - from;
    };
    const auto sign = [&] { at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1 : 0; };
    sign();
    const std::size_t before = digits();
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0 && before == 0) return false;
    } else if (before == 0) {
        return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        sign();
        if (digits() == 0) return false;
    }
    return at == text.size();
}

Result<json> floatOf(std::string_view text) {
    const std::string_view unsigned_ = text[0] == '+' ? text.substr(1) : text;
    double value = 0;
    const auto [stopped, failure] = std::from_chars(unsigned_.data(), unsigned_.data() + unsigned_.size(), value);
    if (failure != std::errc{}) return invalid(text, "does not fit a number");
    if (value == std::floor(value) && std::fabs(value) < kInt64Bound) return json(static_cast<std::int64_t>(value));
    return json(value);
}

}  // namespace

Result<json> resolvePlainScalar(std::string_view text) {
    if (auto word = wordOf(text)) return std::move(*word);
    const char first = text[0];
    const bool numeric = isDigit(first) || first == '+' || first == '-' || first == '.';
    if (!numeric) return json(text);
    if (isNoNumber(text)) return invalid(text, "is not a number that Kubernetes accepts");
    std::string plain{text};
    if (first != '.') std::erase(plain, '_');
    if (first != '.') {
        if (auto integer = integerOf(plain)) return std::move(*integer);
    }
    if (isFloatText(plain)) return floatOf(plain);
    return json(text);
}

Result<json> resolveTaggedScalar(std::string_view tag, std::string_view text) {
    if (tag == "!") return json(text);
    const std::string_view name = tag.substr(0, kCoreTags.size()) == kCoreTags ? tag.substr(kCoreTags.size()) : "";
    if (name == "str" || name == "timestamp") return json(text);
    if (name != "int" && name != "float" && name != "bool" && name != "null") {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("the tag {} is not supported; leave it out", boundedText(tag, kShown)));
    }
    Result<json> value = resolvePlainScalar(text);
    if (!value) return value;
    const bool fits = name == "int"     ? value->is_number_integer()
                      : name == "float" ? value->is_number()
                      : name == "bool"  ? value->is_boolean()
                                        : value->is_null();
    if (!fits) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("\"{}\" is not of type {}", boundedText(text, kShown), name));
    }
    return value;
}

}  // namespace bursar::api
