#include <fmt/format.h>

#include "controllers/api/schema/schema.hpp"
#include "controllers/api/suggestion.hpp"

namespace bursar::api {
namespace {

using nlohmann::json;

constexpr std::size_t kSuggestions = 100;  // bounds the time: each suggestion compares a word with every field

class Normalizer {
  public:
    explicit Normalizer(std::vector<FieldError>& errors) : errors_(errors) {}

    void normalize(const Schema& schema, json& value) {
        if (value.is_object() && schema.type == Schema::Type::Object) {
            normalizeFields(schema, value);
            fillIn(schema, value);
        } else if (value.is_array() && schema.items != nullptr) {
            for (std::size_t i = 0; i < value.size(); ++i) within(fmt::format("[{}]", i), *schema.items, value[i]);
        }
    }

  private:
    void normalizeFields(const Schema& schema, json& object) {
        for (auto field = object.begin(); field != object.end();) {
            const Schema* child = schema.fieldType(field.key());
            if (child == nullptr) reportStranger(schema, field.key());
            if (child == nullptr || field->is_null()) {
                field = object.erase(field);
                continue;
            }
            within((path_.empty() ? "" : ".") + field.key(), *child, *field);
            ++field;
        }
    }

    void fillIn(const Schema& schema, json& object) {
        for (const auto& [name, property] : schema.properties) {
            if (!property.fallback || object.contains(name)) continue;
            json& added = object[name] = *property.fallback;
            normalize(property, added);
        }
    }

    void within(const std::string& step, const Schema& schema, json& value) {
        const std::size_t length = path_.size();
        path_ += step;
        normalize(schema, value);
        path_.resize(length);
    }

    void reportStranger(const Schema& schema, const std::string& name) {
        std::vector<std::string> known;
        for (const auto& [property, ignored] : schema.properties) {
            if (errors_.size() < kSuggestions) known.push_back(property);
        }
        const std::string field = path_.empty() ? name : path_ + "." + name;
        errors_.push_back({field, fmt::format("unknown field \"{}\"{}", field, didYouMean(name, known))});
    }

    std::vector<FieldError>& errors_;
    std::string path_;
};

}  // namespace

void normalize(const Schema& schema, json& object, std::vector<FieldError>& errors) {
    Normalizer{errors}.normalize(schema, object);
}

}  // namespace bursar::api
