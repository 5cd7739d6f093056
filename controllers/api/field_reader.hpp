// Reading an object's fields with errors a person can act on.
//
// The CRDs' schemas refuse most errors before an object is stored. Objects of older schemas and files that are not
// applied yet can still have them, so a reader collects every error with its field instead of stopping at the first.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controllers/api/tokens.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::api {

// `spec.pool: …`; the message alone where the field is empty.
std::string fieldMessage(const std::string& field, const std::string& message);

struct FieldError {
    std::string field;    // `spec.requests[0].forecast`
    std::string message;  // what is wrong and what to do

    bool operator==(const FieldError&) const = default;
    [[nodiscard]] std::string toString() const { return fieldMessage(field, message); }
};

// One place in an object. For an absent field, each function returns the default given; for a wrong one it also adds an
// error. The JSON and the error list must outlive the reader.
class FieldReader {
  public:
    FieldReader(const nlohmann::json& value, std::string path, std::vector<FieldError>& errors)
        : value_(&value), path_(std::move(path)), errors_(&errors) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool has(const char* name) const;
    [[nodiscard]] FieldReader child(const char* name) const;
    // The elements of a list; empty when absent.
    [[nodiscard]] std::vector<FieldReader> list(const char* name) const;

    [[nodiscard]] std::string text(const char* name, std::string fallback = {}) const;
    [[nodiscard]] std::string requiredText(const char* name) const;
    [[nodiscard]] std::vector<std::string> texts(const char* name) const;
    [[nodiscard]] std::map<std::string, std::string> textMap(const char* name) const;
    [[nodiscard]] bool flag(const char* name, bool fallback) const;
    [[nodiscard]] int number(const char* name, int fallback, int least, int most) const;
    // Any 64-bit integer, such as a generation. `fallback` for anything else, without an error: the API server has
    // checked metadata and statuses.
    [[nodiscard]] std::int64_t count(const char* name, std::int64_t fallback) const;
    [[nodiscard]] Duration duration(const char* name, Duration fallback) const;
    [[nodiscard]] std::optional<Instant> instant(const char* name) const;

    template <typename A>
    [[nodiscard]] std::optional<A> amount(const char* name) const {
        const auto value = quantity(name);
        return value ? std::optional<A>{A{*value}} : std::nullopt;
    }
    template <typename A>
    [[nodiscard]] A requiredAmount(const char* name) const {
        if (!has(name)) errorAt(name, "is required");
        return amount<A>(name).value_or(A{});
    }
    // The value of the name in the field; the error lists the names.
    template <typename E, std::size_t N>
    [[nodiscard]] E oneOf(const char* name, const std::pair<std::string_view, E> (&choices)[N], E fallback) const {
        if (!has(name)) return fallback;
        const std::string given = text(name);
        std::string names;
        for (const auto& [choice, value] : choices) {
            if (choice == given) return value;
            names += (names.empty() ? "" : ", ") + std::string(choice);
        }
        errorAt(name, "\"" + given + "\" is not one of " + names);
        return fallback;
    }

    void errorAt(const char* name, std::string message) const;
    void error(std::string message) const { errors_->push_back({path_, std::move(message)}); }

  private:
    [[nodiscard]] const nlohmann::json* find(const char* name) const;
    [[nodiscard]] std::optional<std::int64_t> quantity(const char* name) const;

    const nlohmann::json* value_;
    std::string path_;
    std::vector<FieldError>* errors_;
};

}  // namespace bursar::api
