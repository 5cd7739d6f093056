#include "controllers/api/schema/cel/quantity.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace bursar::api::cel {
namespace {

namespace mp = boost::multiprecision;

constexpr int kFastDigits = 18;       // with more, resource.Quantity has arbitrary precision and no integers
constexpr int kLargestExponent = 99;  // with a larger one, every amount is capped or rounded

struct Unit {
    int decimal = 0;  // power of 10
    int binary = 0;   // power of 2
};

std::optional<Unit> unitOf(std::string_view suffix) {
    static constexpr std::pair<std::string_view, Unit> kUnits[] = {
        {"", {}},        {"n", {-9, 0}},  {"u", {-6, 0}},  {"m", {-3, 0}}, {"k", {3, 0}},   {"M", {6, 0}},
        {"G", {9, 0}},   {"T", {12, 0}},  {"P", {15, 0}},  {"E", {18, 0}}, {"Ki", {0, 10}}, {"Mi", {0, 20}},
        {"Gi", {0, 30}}, {"Ti", {0, 40}}, {"Pi", {0, 50}}, {"Ei", {0, 60}}};
    for (const auto& [name, unit] : kUnits) {
        if (name == suffix) return unit;
    }
    if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
    if (suffix[1] == '+') suffix.remove_prefix(1);
    int exponent = 0;
    const char* end = suffix.data() + suffix.size();
    const auto [stopped, failure] = std::from_chars(suffix.data() + 1, end, exponent);
    if (failure != std::errc{} || stopped != end) return std::nullopt;
    return Unit{std::clamp(exponent, -kLargestExponent, kLargestExponent), 0};
}

std::size_t countDigits(std::string_view text) { return std::min(text.find_first_not_of("0123456789"), text.size()); }

mp::cpp_rational scaled(const std::string& digits, int scale, const Unit& unit) {
    mp::cpp_rational value{mp::cpp_int{digits}};
    const mp::cpp_int power = mp::pow(mp::cpp_int{10}, static_cast<unsigned>(std::abs(scale)));
    if (scale < 0) value /= power;
    if (scale > 0) value *= power;
    const mp::cpp_int binary = mp::cpp_int{1} << unit.binary;
    return value * binary;
}

}  // namespace

std::optional<Quantity> parseQuantity(std::string_view text) {
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    const std::size_t whole = countDigits(text);
    std::string_view before = text.substr(0, whole);
    text.remove_prefix(whole);
    std::string_view after;
    if (!text.empty() && text[0] == '.') {
        after = text.substr(1, countDigits(text.substr(1)));
        text.remove_prefix(1 + after.size());
    }
    const auto unit = unitOf(text);
    if (!unit || (before.empty() && after.empty())) return std::nullopt;
    before.remove_prefix(std::min(before.find_first_not_of('0'), before.size()));
    const std::string digits = "0" + std::string{before} + std::string{after};
    const int scale = unit->decimal - static_cast<int>(after.size());
    const auto firstDigit = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    Quantity quantity{scaled(digits.substr(firstDigit), scale, *unit), false};
    const mp::cpp_int largest{INT64_MAX};
    if (quantity.value > largest) quantity.value = largest;
    if (negative) quantity.value = -quantity.value;
    quantity.isInteger = scale >= 0 && static_cast<int>(before.size() + after.size()) <= kFastDigits;
    return quantity;
}

}  // namespace bursar::api::cel
