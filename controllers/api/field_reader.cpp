#include "controllers/api/field_reader.hpp"

#include <fmt/format.h>

namespace bursar::api {
namespace {

const nlohmann::json kNothing = nullptr;

}  // namespace

std::string fieldMessage(const std::string& field, const std::string& message) {
    return field.empty() ? message : field + ": " + message;
}

const nlohmann::json* FieldReader::find(const char* name) const {
    if (!value_->is_object()) return nullptr;
    const auto found = value_->find(name);
    return found == value_->end() || found->is_null() ? nullptr : &*found;
}

bool FieldReader::has(const char* name) const { return find(name) != nullptr; }

void FieldReader::errorAt(const char* name, std::string message) const {
    errors_->push_back({path_ + "." + name, std::move(message)});
}

FieldReader FieldReader::child(const char* name) const {
    const auto* found = find(name);
    if (found != nullptr && !found->is_object()) {
        errorAt(name, "must be an object");
        found = nullptr;
    }
    return FieldReader{found == nullptr ? kNothing : *found, path_ + "." + name, *errors_};
}

std::vector<FieldReader> FieldReader::list(const char* name) const {
    std::vector<FieldReader> elements;
    const auto* found = find(name);
    if (found == nullptr) return elements;
    if (!found->is_array()) {
        errorAt(name, "must be a list");
        return elements;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
        elements.emplace_back((*found)[i], fmt::format("{}.{}[{}]", path_, name, i), *errors_);
    }
    return elements;
}

std::string FieldReader::text(const char* name, std::string fallback) const {
    const auto* found = find(name);
    if (found == nullptr) return fallback;
    if (!found->is_string()) {
        errorAt(name, "must be a string");
        return fallback;
    }
    return found->get<std::string>();
}

std::string FieldReader::requiredText(const char* name) const {
    std::string value = text(name);
    if (!has(name) || (value.empty() && find(name)->is_string())) errorAt(name, "is required");
    return value;
}

std::vector<std::string> FieldReader::texts(const char* name) const {
    std::vector<std::string> values;
    const auto* found = find(name);
    if (found == nullptr) return values;
    if (!found->is_array()) {
        errorAt(name, "must be a list of strings");
        return values;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
        if ((*found)[i].is_string()) {
            values.push_back((*found)[i].get<std::string>());
        } else {
            errors_->push_back({fmt::format("{}.{}[{}]", path_, name, i), "must be a string"});
        }
    }
    return values;
}

std::map<std::string, std::string> FieldReader::textMap(const char* name) const {
    std::map<std::string, std::string> values;
    const auto* found = find(name);
    if (found == nullptr) return values;
    if (!found->is_object()) {
        errorAt(name, "must be a map of strings");
        return values;
    }
    for (const auto& [key, value] : found->items()) {
        if (value.is_string()) {
            values[key] = value.get<std::string>();
        } else {
            errors_->push_back({path_ + "." + name + "." + key, "must be a string"});
        }
    }
    return values;
}

bool FieldReader::flag(const char* name, bool fallback) const {
    const auto* found = find(name);
    if (found == nullptr) return fallback;
    if (!found->is_boolean()) {
        errorAt(name, "must be true or false");
        return fallback;
    }
    return found->get<bool>();
}

int FieldReader::number(const char* name, int fallback, int least, int most) const {
    const auto* found = find(name);
    if (found == nullptr) return fallback;
    const bool fits = found->is_number_integer() &&
                      !(found->is_number_unsigned() && found->get<std::uint64_t>() > INT32_MAX) &&
                      found->get<std::int64_t>() >= least && found->get<std::int64_t>() <= most;
    if (!fits) {
        errorAt(name, fmt::format("must be an integer from {} to {}", least, most));
        return fallback;
    }
    return found->get<int>();
}

std::int64_t FieldReader::count(const char* name, std::int64_t fallback) const {
    const auto* found = find(name);
    return found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : fallback;
}

Duration FieldReader::duration(const char* name, Duration fallback) const {
    if (!has(name)) return fallback;
    const auto value = parseDuration(text(name));
    if (!value) errorAt(name, "is not a duration; write it as 72h, 90m or 30s");
    return value.value_or(fallback);
}

std::optional<Instant> FieldReader::instant(const char* name) const {
    if (!has(name)) return std::nullopt;
    const auto value = parseInstant(text(name));
    if (!value) errorAt(name, "is not a time; write it as 2026-11-24T08:00:00Z");
    return value;
}

std::optional<std::int64_t> FieldReader::quantity(const char* name) const {
    const auto* found = find(name);
    if (found == nullptr) return std::nullopt;
    auto value = parseQuantity(*found);
    if (!value) {
        errorAt(name, value.error().message);
        return std::nullopt;
    }
    return *value;
}

}  // namespace bursar::api
