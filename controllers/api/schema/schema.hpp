// The structural schemas of the CRDs: the API server's validation of an object, without an API server.
//
// The files in crds/ are the only source of the rules; the binary embeds and interprets them. Loading them fails on an
// unknown keyword or an expression beyond the subset of cel/. Verdicts and messages are the API server's
// (tests/cluster/crds compares them), with two differences. Rules are evaluated wherever their own part of the object
// is sound, even if another part is not, so that one run shows every error. Transition rules are not evaluated, because
// there is no old object. Thread-safety: immutable once compiled.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "controllers/api/schema/cel/expression.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::api {

// An entry of x-kubernetes-validations.
struct SchemaRule {
    cel::Expression expression;
    std::string message;
    std::string fieldPath;  // relative to the value, `.end`; empty: the value itself
};

struct Schema : cel::DataType {
    enum class Type { Object, Array, String, Integer, Boolean, IntOrString };

    Type type = Type::Object;
    std::string format;
    std::optional<nlohmann::json> fallback;  // `default`
    std::vector<nlohmann::json> choices;     // `enum`
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
    std::size_t least = 0;  // number of characters, items or fields
    std::size_t most = SIZE_MAX;
    std::shared_ptr<const RE2> pattern;
    std::map<std::string, Schema> properties;
    std::vector<std::string> required;
    std::shared_ptr<const Schema> additional;  // of a map's values
    std::shared_ptr<const Schema> items;
    bool isSet = false;
    std::vector<std::string> mapKeys;  // of a list of type map
    std::vector<SchemaRule> rules;

    [[nodiscard]] const std::string& stringFormat() const override { return format; }
    [[nodiscard]] const Schema* fieldType(const std::string& name) const override;
    [[nodiscard]] const Schema* elementType() const override { return items.get(); }
};

// From openAPIV3Schema. InvalidArgument names the part that cannot be interpreted, and its place.
Result<Schema> compileSchema(const nlohmann::json& source);

// Decodes as the API server does: drops nulls, fills in defaults, drops fields that the schema does not have. The
// latter are errors, as with `kubectl --validate=strict`.
void normalize(const Schema& schema, nlohmann::json& object, std::vector<FieldError>& errors);

// Adds every error of a normalized object.
void validate(const Schema& schema, const nlohmann::json& object, std::vector<FieldError>& errors);

}  // namespace bursar::api
