#include "controllers/api/pricing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/names.hpp"
#include "controllers/api/rounding.hpp"
#include "operator/runtime/base/ascii.hpp"

namespace bursar::api {
namespace {

constexpr std::pair<std::string_view, TokenType> kNames[] = {
    {"input", TokenType::Input}, {"cached_input", TokenType::CachedInput}, {"output", TokenType::Output}};

constexpr std::size_t kMostDigits = 9;  // on either side of the point
constexpr std::int64_t kBillion = 1'000'000'000;

// Currencies whose minor unit is not a hundredth.
constexpr std::string_view kWithoutMinorUnit[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                                  "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kThousandths[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view kTenThousandths[] = {"CLF", "UYW"};

template <std::size_t N>
bool isAmong(const std::string_view (&list)[N], std::string_view currency) {
    return std::find(std::begin(list), std::end(list), currency) != std::end(list);
}

bool areDigits(std::string_view text) {
    return !text.empty() && text.size() <= kMostDigits && std::all_of(text.begin(), text.end(), isDigit);
}

std::int64_t numberOf(std::string_view digits) {
    std::int64_t value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

Wide powerOfTen(int exponent) {
    Wide power = 1;
    for (int i = 0; i < exponent; ++i) power *= 10;
    return power;
}

std::string moneyText(std::int64_t minorUnits, int digits, bool grouped) {
    const auto scale = static_cast<std::uint64_t>(powerOfTen(digits));
    // Two's complement: -INT64_MIN does not fit 64 signed bits.
    const auto bits = static_cast<std::uint64_t>(minorUnits);
    const std::uint64_t size = minorUnits < 0 ? ~bits + 1 : bits;
    const auto whole = static_cast<std::int64_t>(size / scale);
    std::string text = minorUnits < 0 ? "-" : "";
    text += grouped ? formatThousands(whole) : std::to_string(whole);
    if (digits > 0) text += fmt::format(".{:0{}}", size % scale, digits);
    return text;
}

}  // namespace

std::string_view toString(TokenType type) { return nameOf(kNames, type); }

std::optional<TokenType> parseTokenType(std::string_view label) {
    for (const auto& [name, value] : kNames) {
        if (name == label) return value;
    }
    return std::nullopt;
}

std::optional<Price> parsePrice(std::string_view text) {
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    if (!areDigits(whole)) return std::nullopt;
    std::string fraction;
    if (point != std::string_view::npos) {
        fraction = text.substr(point + 1);
        if (!areDigits(fraction)) return std::nullopt;
    }
    fraction.resize(kMostDigits, '0');
    return Price{numberOf(whole) * kBillion + numberOf(fraction)};
}

std::string formatPrice(Price price) {
    std::string text = fmt::format("{}.{:09}", price.billionths / kBillion, price.billionths % kBillion);
    const std::size_t point = text.find('.');
    while (text.back() == '0' && text.size() > point + 3) text.pop_back();
    return text;
}

Price ModelPrice::of(TokenType type) const {
    switch (type) {
        case TokenType::Input:
            return input;
        case TokenType::CachedInput:
            return cachedInput;
        case TokenType::Output:
            return output;
    }
    return input;
}

int minorUnitDigits(std::string_view currency) {
    if (isAmong(kWithoutMinorUnit, currency)) return 0;
    if (isAmong(kThousandths, currency)) return 3;
    return isAmong(kTenThousandths, currency) ? 4 : 2;
}

std::int64_t costOf(std::int64_t tokens, Price price, int minorUnitDigits) {
    // Below 2^63 · 1e18: fits 128 bits. tokens · billionths / 1e9 (of the price) / 1e6 (a million) · 10^digits.
    const Wide size = tokens < 0 ? -static_cast<Wide>(tokens) : static_cast<Wide>(tokens);
    const std::int64_t cost = dividedHalfEven(size * price.billionths, powerOfTen(15 - minorUnitDigits));
    return tokens < 0 ? -cost : cost;
}

std::string formatMoney(std::int64_t minorUnits, int minorUnitDigits) {
    return moneyText(minorUnits, minorUnitDigits, false);
}

std::string formatMoneyForPeople(std::int64_t minorUnits, int minorUnitDigits) {
    return moneyText(minorUnits, minorUnitDigits, true);
}

bool matchesGlob(std::string_view glob, std::string_view model) {
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (in < model.size()) {
        if (at < glob.size() && (glob[at] == '?' || (glob[at] != '*' && glob[at] == model[in]))) {
            ++at;
            ++in;
        } else if (at < glob.size() && glob[at] == '*') {
            star = at++;
            resume = in;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            in = ++resume;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace bursar::api
