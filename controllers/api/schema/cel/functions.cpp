// The functions and operators of the expressions. No argument is a Failure.
#include <algorithm>
#include <compare>

#include "controllers/api/manifests/text_encoding.hpp"
#include "controllers/api/schema/cel/node.hpp"
#include "controllers/api/schema/cel/url.hpp"

namespace bursar::api::cel {
namespace {

using Arguments = std::vector<Value>;

template <typename T>
std::optional<std::partial_ordering> compareAs(const Arguments& a) {
    const T* left = a[0].as<T>();
    const T* right = a[1].as<T>();
    if (left == nullptr || right == nullptr) return std::nullopt;
    return std::partial_ordering{*left <=> *right};
}

template <typename Test>
Value compareWith(const Arguments& a, Test test) {
    for (const auto& order :
         {compareAs<std::int64_t>(a), compareAs<double>(a), compareAs<std::string>(a), compareAs<Instant>(a)}) {
        if (order) return {test(*order)};
    }
    return noOverload();
}

Value isEqual(const Arguments& a) { return {equal(a[0], a[1])}; }
Value isUnequal(const Arguments& a) { return {!equal(a[0], a[1])}; }
Value isLess(const Arguments& a) {
    return compareWith(a, [](std::partial_ordering order) { return order < 0; });
}
Value isAtMost(const Arguments& a) {
    return compareWith(a, [](std::partial_ordering order) { return order <= 0; });
}
Value isGreater(const Arguments& a) {
    return compareWith(a, [](std::partial_ordering order) { return order > 0; });
}
Value isAtLeast(const Arguments& a) {
    return compareWith(a, [](std::partial_ordering order) { return order >= 0; });
}

Value isIn(const Arguments& a) {
    const List* list = a[1].as<List>();
    if (list == nullptr) return noOverload();
    return {std::any_of((*list)->begin(), (*list)->end(), [&](const Value& each) { return equal(a[0], each); })};
}

Value sizeOf(const Arguments& a) {
    if (const auto* text = a[0].as<std::string>()) return {static_cast<std::int64_t>(countCharacters(*text))};
    if (const auto* data = a[0].as<Data>()) return {static_cast<std::int64_t>(data->value->size())};
    return noOverload();
}

Value typeOf(const Arguments& a) { return {TypeName{typeNameOf(a[0])}}; }

Value stringOf(const Arguments& a) {
    if (const auto* number = a[0].as<std::int64_t>()) return {std::to_string(*number)};
    return a[0].as<std::string>() != nullptr ? a[0] : noOverload();
}

Value startsWith(const Arguments& a) {
    const auto* text = a[0].as<std::string>();
    const auto* prefix = a[1].as<std::string>();
    if (text == nullptr || prefix == nullptr) return noOverload();
    return {text->compare(0, prefix->size(), *prefix) == 0};
}

Value isUrlText(const Arguments& a) {
    const auto* text = a[0].as<std::string>();
    return text == nullptr ? noOverload() : Value{isUrl(*text)};
}

Value quantityOf(const Arguments& a) {
    const auto* text = a[0].as<std::string>();
    if (text == nullptr) return noOverload();
    if (auto quantity = parseQuantity(*text)) return {std::move(*quantity)};
    return fail("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

Value isWhole(const Arguments& a) {
    const auto* quantity = a[0].as<Quantity>();
    return quantity == nullptr ? noOverload() : Value{quantity->isInteger};
}

Value compareQuantities(const Arguments& a) {
    const auto* left = a[0].as<Quantity>();
    const auto* right = a[1].as<Quantity>();
    if (left == nullptr || right == nullptr) return noOverload();
    return {static_cast<std::int64_t>(left->value < right->value ? -1 : left->value > right->value ? 1 : 0)};
}

Value isGreaterThan(const Arguments& a) {
    const Value order = compareQuantities(a);
    const auto* sign = order.as<std::int64_t>();
    return sign == nullptr ? order : Value{*sign > 0};
}

struct Entry {
    std::string_view name;
    std::size_t arguments;
    Function function;
};

constexpr Entry kFunctions[] = {
    {"==", 2, isEqual},
    {"!=", 2, isUnequal},
    {"<", 2, isLess},
    {"<=", 2, isAtMost},
    {">", 2, isGreater},
    {">=", 2, isAtLeast},
    {"in", 2, isIn},
    {"size", 1, sizeOf},
    {"type", 1, typeOf},
    {"string", 1, stringOf},
    {"isURL", 1, isUrlText},
    {"startsWith", 2, startsWith},
    {"quantity", 1, quantityOf},
    {"isInteger", 1, isWhole},
    {"compareTo", 2, compareQuantities},
    {"isGreaterThan", 2, isGreaterThan},
};

}  // namespace

Function findFunction(std::string_view name, std::size_t arguments) {
    for (const Entry& entry : kFunctions) {
        if (entry.name == name && entry.arguments == arguments) return entry.function;
    }
    return nullptr;
}

}  // namespace bursar::api::cel
