#include "controllers/api/tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "operator/runtime/base/ascii.hpp"
#include "operator/runtime/base/json_text.hpp"
#include "operator/runtime/base/utf8.hpp"

namespace bursar::api {
namespace {

constexpr int kMaxQuantityLength = 64;  // longer than any amount of tokens; bounds the work on hostile input

Error invalid(std::string_view text, std::string_view why) {
    return makeError(ErrorCode::InvalidArgument,
                     fmt::format("\"{}\" is not an amount of tokens: {}; write whole tokens from 0 to 9e15, such as "
                                 "400000000, 400M or 1.2G",
                                 boundedText(text, kMaxQuantityLength), why));
}

// The power of ten of a suffix; nothing for any other text.
std::optional<int> decimalExponent(std::string_view suffix) {
    static constexpr std::pair<std::string_view, int> kSuffixes[] = {
        {"", 0}, {"n", -9}, {"u", -6}, {"m", -3}, {"k", 3}, {"M", 6}, {"G", 9}, {"T", 12}, {"P", 15}, {"E", 18},
    };
    for (const auto& [name, exponent] : kSuffixes) {
        if (name == suffix) return exponent;
    }
    if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
    std::size_t at = 1;
    const bool negative = suffix[at] == '-';
    if (suffix[at] == '-' || suffix[at] == '+') ++at;
    if (at == suffix.size()) return std::nullopt;
    int exponent = 0;
    for (; at < suffix.size(); ++at) {
        if (suffix[at] < '0' || suffix[at] > '9') return std::nullopt;
        exponent = std::min(exponent * 10 + (suffix[at] - '0'), 1000);  // out of range in either direction
    }
    return negative ? -exponent : exponent;
}

// `+1.50k` as the digits 150, two of them after the point, and the suffix k.
struct DecimalParts {
    std::string digits;
    int fractionDigits = 0;
    std::string_view suffix;
};

DecimalParts splitDecimal(std::string_view text) {
    DecimalParts parts;
    std::size_t at = text[0] == '+' ? 1 : 0;
    bool point = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.' && !point) {
            point = true;
        } else if (isDigit(c)) {
            parts.digits += c;
            if (point) ++parts.fractionDigits;
        } else {
            break;
        }
    }
    parts.suffix = text.substr(at);
    return parts;
}

// digits · 10^exponent; `text` is for the error.
Result<std::int64_t> wholeNumber(std::string_view text, std::string digits, int exponent) {
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (digits.empty()) return 0;
    while (exponent < 0 && digits.back() == '0') {
        digits.pop_back();
        ++exponent;
    }
    if (exponent < 0) return invalid(text, "tokens are whole");
    Wide value = 0;
    for (const char c : digits) {
        value = value * 10 + (c - '0');
        if (value > kMaxTokens) return invalid(text, "it is too large");
    }
    for (; exponent > 0; --exponent) {
        value *= 10;
        if (value > kMaxTokens) return invalid(text, "it is too large");
    }
    return static_cast<std::int64_t>(value);
}

}  // namespace

Result<std::int64_t> parseQuantity(std::string_view text) {
    if (text.empty()) return invalid(text, "it is empty");
    if (text.size() > kMaxQuantityLength) return invalid(text, "it is too long");
    if (text[0] == '-') return invalid(text, "it is negative");
    DecimalParts parts = splitDecimal(text);
    if (parts.digits.empty()) return invalid(text, "it has no digits");
    if (parts.suffix.size() == 2 && parts.suffix[1] == 'i') {
        return invalid(text, "binary suffixes are not used for tokens");
    }
    const auto exponent = decimalExponent(parts.suffix);
    if (!exponent) return invalid(text, fmt::format("\"{}\" is not a decimal suffix", parts.suffix));
    return wholeNumber(text, std::move(parts.digits), *exponent - parts.fractionDigits);
}

Result<std::int64_t> parseQuantity(const nlohmann::json& value) {
    if (value.is_string()) return parseQuantity(std::string_view{value.get_ref<const std::string&>()});
    if (value.is_number_integer()) return parseQuantity(std::string_view{jsonText(value)});
    return invalid(jsonText(value), "it is neither an integer nor a quantity");
}

std::string formatThousands(std::int64_t value) {
    std::string text = std::to_string(value);
    const std::size_t first = value < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first + 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

}  // namespace bursar::api
