#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/api/manifests/text_encoding.hpp"
#include "controllers/api/schema/schema.hpp"
#include "operator/runtime/base/calendar_day.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;
using Type = Schema::Type;

std::string_view wordFor(Type type) {
    switch (type) {
        case Type::Object:
            return "object";
        case Type::Array:
            return "array";
        case Type::String:
            return "string";
        case Type::Integer:
            return "integer";
        case Type::Boolean:
            return "boolean";
        case Type::IntOrString:
            return "integer,string";
    }
    return "object";
}

// Kubernetes stores integers as int64 and reads larger ones as floats.
bool isInteger(const json& value) {
    return value.is_number_integer() && !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
}

std::string_view wordFor(const json& value) {
    if (value.is_number()) return isInteger(value) ? "integer" : "number";
    return value.is_null() ? "null" : value.type_name();
}

bool hasType(const json& value, Type type) {
    switch (type) {
        case Type::Object:
            return value.is_object();
        case Type::Array:
            return value.is_array();
        case Type::String:
            return value.is_string();
        case Type::Integer:
            return isInteger(value);
        case Type::Boolean:
            return value.is_boolean();
        case Type::IntOrString:
            return isInteger(value) || value.is_string();
    }
    return false;
}

// The API server's date-time: `23:59:59`, an optional fraction, and a zone. The whole must be a time as well.
bool isDateTime(const std::string& text) {
    static const RE2 kPattern{
        "[0-9-]{10}[tT]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})"};
    return RE2::FullMatch(text, kPattern) && parseInstant(text).has_value();
}

bool hasFormat(const std::string& text, const std::string& format) {
    if (format == "date") return text.size() == 10 && parseDay(text).has_value();
    return format != "date-time" || isDateTime(text);
}

class Validator {
  public:
    explicit Validator(std::vector<FieldError>& errors) : errors_(errors) {}

    // False if the value has an error that keeps the rules of its parents from being evaluated.
    bool validate(const Schema& schema, const json& value) {
        bool sound = checkType(schema, value);
        if (sound) {
            sound = checkChoice(schema, value);
            if (value.is_object()) sound = checkObject(schema, value) && sound;
            if (value.is_array()) sound = checkArray(schema, value) && sound;
            if (value.is_string()) sound = checkText(schema, value.get_ref<const std::string&>()) && sound;
            if (value.is_number()) checkNumber(schema, value.get<std::int64_t>());
        }
        if (sound) checkRules(schema, value);
        return sound;
    }

  private:
    // An error after which the API server does not evaluate rules.
    bool stop(std::string message) {
        errors_.push_back({path_, std::move(message)});
        return false;
    }
    void report(std::string message) { errors_.push_back({path_, std::move(message)}); }

    bool within(const std::string& step, const Schema& schema, const json& value) {
        const std::size_t length = path_.size();
        path_ += step;
        const bool sound = validate(schema, value);
        path_.resize(length);
        return sound;
    }

    std::string stepTo(const std::string& name) const { return path_.empty() ? name : "." + name; }

    bool checkType(const Schema& schema, const json& value) {
        if (hasType(value, schema.type)) return true;
        return stop(fmt::format("Invalid value: \"{0}\": {1} in body must be of type {2}: \"{0}\"", wordFor(value),
                                path_, wordFor(schema.type)));
    }

    bool checkChoice(const Schema& schema, const json& value) {
        const auto& choices = schema.choices;
        if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return true;
        std::vector<std::string> names;
        names.reserve(choices.size());
        for (const json& choice : choices) names.push_back(jsonText(choice));
        return stop(
            fmt::format("Unsupported value: {}: supported values: {}", jsonText(value), fmt::join(names, ", ")));
    }

    bool checkCount(const Schema& schema, std::size_t count, std::string_view things) {
        if (count > schema.most)
            return stop(fmt::format("Too many: {}: must have at most {} items", count, schema.most));
        if (count < schema.least) {
            report(fmt::format("Invalid value: {}: {} in body should have at least {} {}", count, path_, schema.least,
                               things));
        }
        return true;
    }

    bool checkObject(const Schema& schema, const json& object) {
        bool sound = checkCount(schema, object.size(), "properties");
        for (const std::string& name : schema.required) {
            if (object.contains(name)) continue;
            errors_.push_back({path_ + stepTo(name), "Required value"});
            sound = false;
        }
        for (const auto& [name, value] : object.items()) {
            const Schema* child = schema.fieldType(name);
            if (child != nullptr) sound = within(stepTo(name), *child, value) && sound;
        }
        return sound;
    }

    bool checkArray(const Schema& schema, const json& array) {
        bool sound = checkCount(schema, array.size(), "items");
        std::set<json> seen;
        for (std::size_t i = 0; i < array.size(); ++i) {
            sound = within(fmt::format("[{}]", i), *schema.items, array[i]) && sound;
            const json identity = identityOf(schema, array[i]);
            if (identity.is_null() || seen.insert(identity).second) continue;
            errors_.push_back({fmt::format("{}[{}]", path_, i), "Duplicate value: " + jsonText(identity)});
        }
        return sound;
    }

    // The part of an element that must be unique in the list; null if nothing must be.
    static json identityOf(const Schema& schema, const json& element) {
        if (schema.isSet) return element;
        json identity;
        if (!element.is_object()) return identity;
        for (const std::string& key : schema.mapKeys) {
            if (element.contains(key)) identity[key] = element[key];
        }
        return identity;
    }

    bool checkText(const Schema& schema, const std::string& text) {
        const std::size_t length = countCharacters(text);
        const std::string shown = jsonText(json(text));
        if (length > schema.most) return stop(fmt::format("Too long: may not be more than {} bytes", schema.most));
        if (length < schema.least) {
            report(fmt::format("Invalid value: {}: {} in body should be at least {} chars long", shown, path_,
                               schema.least));
        }
        if (schema.pattern != nullptr && !RE2::PartialMatch(text, *schema.pattern)) {
            report(fmt::format("Invalid value: {}: {} in body should match '{}'", shown, path_,
                               schema.pattern->pattern()));
        }
        if (hasFormat(text, schema.format)) return true;
        return stop(
            fmt::format("Invalid value: {0}: {1} in body must be of type {2}: {0}", shown, path_, schema.format));
    }

    void checkNumber(const Schema& schema, std::int64_t number) {
        const auto outside = [&](std::string_view how, std::int64_t bound) {
            report(fmt::format("Invalid value: {}: {} in body should be {} than or equal to {}", number, path_, how,
                               bound));
        };
        if (schema.minimum && number < *schema.minimum) outside("greater", *schema.minimum);
        if (schema.maximum && number > *schema.maximum) outside("less", *schema.maximum);
    }

    void checkRules(const Schema& schema, const json& value) {
        for (const SchemaRule& rule : schema.rules) {
            if (rule.expression.usesOldSelf()) continue;
            const cel::Value verdict = rule.expression.evaluate(cel::valueOf(value, &schema));
            const bool* holds = verdict.as<bool>();
            if (holds != nullptr && *holds) continue;
            if (const auto* failure = verdict.as<cel::Failure>()) {
                report(fmt::format("Invalid value: \"{}\": {} evaluating rule: {}", wordFor(schema.type),
                                   failure->message, rule.message));
                continue;
            }
            const std::string shown = value.is_structured() ? "" : jsonText(value) + ": ";
            const std::string below =
                path_.empty() && !rule.fieldPath.empty() ? rule.fieldPath.substr(1) : rule.fieldPath;
            errors_.push_back(
                {path_ + below, fmt::format("Invalid value: {}{}", below.empty() ? shown : "", rule.message)});
        }
    }

    std::vector<FieldError>& errors_;
    std::string path_;
};

}  // namespace

void validate(const Schema& schema, const json& object, std::vector<FieldError>& errors) {
    Validator{errors}.validate(schema, object);
}

}  // namespace bursar::api
