#include "controllers/api/schema/cel/value.hpp"

namespace bursar::api::cel {
namespace {

using nlohmann::json;

Value timeOf(const std::string& text, const std::string& format) {
    const auto instant = parseInstant(format == "date" ? text + "T00:00:00Z" : text);
    // The schema's format accepts lower-case letters; CEL's conversion to a time does not.
    const bool lower = text.find_first_of("tz") != std::string::npos;
    if (!instant || lower) return fail("Invalid " + format + " formatted string " + text);
    return {*instant};
}

}  // namespace

Value valueOf(const json& value, const DataType* type) {
    switch (value.type()) {
        case json::value_t::boolean:
            return {value.get<bool>()};
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
            return {value.get<std::int64_t>()};
        case json::value_t::number_float:
            return {value.get<double>()};
        case json::value_t::string: {
            const auto& text = value.get_ref<const std::string&>();
            const bool isTime =
                type != nullptr && (type->stringFormat() == "date" || type->stringFormat() == "date-time");
            return isTime ? timeOf(text, type->stringFormat()) : Value{text};
        }
        case json::value_t::object:
        case json::value_t::array:
            return {Data{&value, type}};
        default:
            return {Null{}};
    }
}

bool equal(const Value& a, const Value& b) {
    if (a.held.index() != b.held.index()) return false;
    const auto same = [&](const auto* type) {
        using T = std::remove_cvref_t<decltype(*type)>;
        return type != nullptr && *type == *b.as<T>();
    };
    if (const auto* data = a.as<Data>()) return *data->value == *b.as<Data>()->value;
    if (const auto* name = a.as<TypeName>()) return name->name == b.as<TypeName>()->name;
    if (a.as<Null>() != nullptr) return true;
    return same(a.as<bool>()) || same(a.as<std::int64_t>()) || same(a.as<double>()) || same(a.as<std::string>()) ||
           same(a.as<Instant>());
}

std::string typeNameOf(const Value& value) {
    if (value.as<std::int64_t>() != nullptr) return "int";
    if (value.as<std::string>() != nullptr) return "string";
    if (value.as<bool>() != nullptr) return "bool";
    if (value.as<double>() != nullptr) return "double";
    if (value.as<Null>() != nullptr) return "null_type";
    if (const auto* data = value.as<Data>()) return data->value->is_array() ? "list" : "map";
    return "other";
}

}  // namespace bursar::api::cel
