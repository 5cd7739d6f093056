// Prices per million tokens, as a policy lists them, and amounts of money.
//
// A price is a decimal with up to 9 digits on either side of the point, stored as an integer of billionths. An amount
// is an integer of the currency's minor unit (cents). There is no binary floating point. Thread-safety: values.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::api {

enum class TokenType { Input, CachedInput, Output };
inline constexpr TokenType kTokenTypes[] = {TokenType::Input, TokenType::CachedInput, TokenType::Output};

// As the gateway's meter labels it: `input`, `cached_input`, `output`.
std::string_view toString(TokenType type);
std::optional<TokenType> parseTokenType(std::string_view label);

// For a million tokens, in billionths of the currency's unit.
struct Price {
    std::int64_t billionths = 0;

    auto operator<=>(const Price&) const = default;
};

// Reads `2.50`: 1 to 9 digits, and up to 9 more after a point; nothing for any other text.
std::optional<Price> parsePrice(std::string_view text);
// Without trailing zeros beyond the second decimal: `2.50`, `0.075`.
std::string formatPrice(Price price);

struct ModelPrice {
    std::string model;      // glob
    Instant effectiveFrom;  // the start of the first day (UTC) it is valid on
    Price input;
    Price cachedInput;  // the input price if the policy gives none
    Price output;

    [[nodiscard]] Price of(TokenType type) const;
};

struct Pricing {
    std::string currency;  // ISO 4217; empty: the policy has no prices
    std::vector<ModelPrice> models;
};

// Digits of the currency's minor unit (ISO 4217, list one of 2024): 2 for EUR, 0 for JPY, 3 for KWD.
int minorUnitDigits(std::string_view currency);

// tokens · price / 1e6 in minor units, rounded half to even; saturates at the 64-bit range. `tokens` may be negative.
std::int64_t costOf(std::int64_t tokens, Price price, int minorUnitDigits);

// `1234.50` for 123450 with 2 digits; no thousands separators, a minus before a credit.
std::string formatMoney(std::int64_t minorUnits, int minorUnitDigits);

// The same with thousands separators: `1,234.50`.
std::string formatMoneyForPeople(std::int64_t minorUnits, int minorUnitDigits);

// `*` matches any run of characters, `?` exactly one, every other character itself.
bool matchesGlob(std::string_view glob, std::string_view model);

}  // namespace bursar::api
