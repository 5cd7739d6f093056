// JSON null for absent values: a verb's JSON always has every key.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "controllers/api/tokens.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::cli {

template <typename T>
nlohmann::ordered_json orNull(const std::optional<T>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

template <typename Tag>
nlohmann::ordered_json orNull(const std::optional<api::Amount<Tag>>& value) {
    return value ? nlohmann::ordered_json(value->value()) : nlohmann::ordered_json(nullptr);
}

inline nlohmann::ordered_json orNull(const std::optional<Instant>& value) {
    return value ? nlohmann::ordered_json(formatInstant(*value)) : nlohmann::ordered_json(nullptr);
}

inline nlohmann::ordered_json orNull(std::string_view text) {
    return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

}  // namespace bursar::cli
