// From a CRD's openAPIV3Schema to a Schema.
#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/schema/schema.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

class Compiler {
  public:
    Result<Schema> compile(const json& source) {
        Schema schema = read(source, "");
        if (!trouble_.empty()) return makeError(ErrorCode::InvalidArgument, trouble_);
        return schema;
    }

  private:
    void fail(const std::string& path, std::string_view why) {
        if (trouble_.empty()) trouble_ = fmt::format("schema{}: {}", path, why);
    }

    Schema read(const json& source, const std::string& path) {
        Schema schema;
        if (!source.is_object()) {
            fail(path, "must be an object");
            return schema;
        }
        schema.type = typeOf(source, path);
        for (const auto& [keyword, value] : source.items()) {
            if (!readMeaning(schema, keyword, value, path) && !readBound(schema, keyword, value) &&
                !readStructure(schema, keyword, value, path)) {
                fail(path, fmt::format("the keyword {} is not known", keyword));
            }
        }
        return schema;
    }

    Schema::Type typeOf(const json& source, const std::string& path) {
        static constexpr std::pair<std::string_view, Schema::Type> kTypes[] = {{"object", Schema::Type::Object},
                                                                               {"array", Schema::Type::Array},
                                                                               {"string", Schema::Type::String},
                                                                               {"integer", Schema::Type::Integer},
                                                                               {"boolean", Schema::Type::Boolean}};
        if (source.value("x-kubernetes-int-or-string", false)) return Schema::Type::IntOrString;
        const std::string given = source.value("type", "");
        for (const auto& [name, type] : kTypes) {
            if (name == given) return type;
        }
        fail(path, fmt::format("the type \"{}\" is not known", given));
        return Schema::Type::Object;
    }

    // Keywords about single values.
    bool readMeaning(Schema& schema, const std::string& keyword, const json& value, const std::string& path) {
        static constexpr std::string_view kNoRules[] = {"type", "description", "x-kubernetes-int-or-string",
                                                        "x-kubernetes-map-type"};
        static constexpr std::string_view kFormats[] = {"date", "date-time", "int32", "int64"};
        if (std::find(std::begin(kNoRules), std::end(kNoRules), keyword) != std::end(kNoRules)) return true;
        if (keyword == "default") {
            schema.fallback = value;
        } else if (keyword == "enum") {
            schema.choices.assign(value.begin(), value.end());
        } else if (keyword == "format") {
            schema.format = value.get<std::string>();
            const bool known = std::find(std::begin(kFormats), std::end(kFormats), schema.format) != std::end(kFormats);
            if (!known) fail(path, fmt::format("the format {} is not known", schema.format));
        } else if (keyword == "pattern") {
            auto pattern = std::make_shared<const RE2>(value.get<std::string>(), RE2::Quiet);
            if (!pattern->ok()) fail(path, "the pattern is not a regular expression of RE2");
            schema.pattern = std::move(pattern);
        } else {
            return false;
        }
        return true;
    }

    bool readBound(Schema& schema, const std::string& keyword, const json& value) {
        if (keyword == "minimum") {
            schema.minimum = value.get<std::int64_t>();
        } else if (keyword == "maximum") {
            schema.maximum = value.get<std::int64_t>();
        } else if (keyword == "minLength" || keyword == "minItems" || keyword == "minProperties") {
            schema.least = value.get<std::size_t>();
        } else if (keyword == "maxLength" || keyword == "maxItems" || keyword == "maxProperties") {
            schema.most = value.get<std::size_t>();
        } else {
            return false;
        }
        return true;
    }

    bool readStructure(Schema& schema, const std::string& keyword, const json& value, const std::string& path) {
        if (keyword == "properties") {
            for (const auto& [name, property] : value.items()) {
                schema.properties.emplace(name, read(property, fmt::format("{}.{}", path, name)));
            }
        } else if (keyword == "additionalProperties") {
            schema.additional = std::make_shared<const Schema>(read(value, path + ".*"));
        } else if (keyword == "items") {
            schema.items = std::make_shared<const Schema>(read(value, path + "[]"));
        } else if (keyword == "required") {
            schema.required = value.get<std::vector<std::string>>();
        } else if (keyword == "x-kubernetes-list-type") {
            schema.isSet = value == "set";
        } else if (keyword == "x-kubernetes-list-map-keys") {
            schema.mapKeys = value.get<std::vector<std::string>>();
        } else if (keyword == "x-kubernetes-validations") {
            for (const json& rule : value) readRule(schema, rule, path);
        } else {
            return false;
        }
        return true;
    }

    void readRule(Schema& schema, const json& source, const std::string& path) {
        for (const auto& [keyword, value] : source.items()) {
            if (keyword != "rule" && keyword != "message" && keyword != "fieldPath") {
                fail(path, fmt::format("the keyword {} of a rule is not known", keyword));
            }
        }
        const std::string text = source.value("rule", "");
        auto expression = cel::Expression::parse(text);
        if (!expression) return fail(path, fmt::format("the rule {}: {}", text, expression.error().message));
        schema.rules.push_back(
            {std::move(*expression), source.value("message", "failed rule: " + text), source.value("fieldPath", "")});
    }

    std::string trouble_;
};

}  // namespace

Result<Schema> compileSchema(const json& source) {
    try {
        return Compiler{}.compile(source);
    } catch (const json::exception& problem) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("a keyword's value is of the wrong type: {}", problem.what()));
    }
}

const Schema* Schema::fieldType(const std::string& name) const {
    const auto found = properties.find(name);
    return found != properties.end() ? &found->second : additional.get();
}

}  // namespace bursar::api
