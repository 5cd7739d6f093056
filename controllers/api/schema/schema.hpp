// The structural schemas of the CRDs: what the API server checks of an object, checked without one.
//
// The files in crds/ are the only source of the rules; they are embedded in the binary and interpreted. What this
// cannot interpret (an unknown keyword, an expression beyond the subset of cel/) is refused when they are loaded.
// Verdicts and words are the API server's (tests/cluster/crds holds them against it), with two differences: rules are
// evaluated wherever their own part of the object is sound, not only where all of it is, so that one run shows every
// error; transition rules are not evaluated, for there is no old object. Thread-safety: immutable once compiled.
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
    std::string fieldPath;  // below the value, `.end`; empty: the value itself
};

struct Schema : cel::DataType {
    enum class Type { Object, Array, String, Integer, Boolean, IntOrString };

    Type type = Type::Object;
    std::string format;
    std::optional<nlohmann::json> fallback;  // `default`
    std::vector<nlohmann::json> choices;     // `enum`
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
    std::size_t least = 0;  // characters, items or fields
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

// From openAPIV3Schema. InvalidArgument names what cannot be interpreted, and where.
Result<Schema> compileSchema(const nlohmann::json& source);

// What decoding does before the rules are looked at: nulls are dropped, defaults filled in. Fields that the schema
// does not have are dropped and reported, as `kubectl --validate=strict` reports them.
void normalize(const Schema& schema, nlohmann::json& object, std::vector<FieldError>& errors);

// Every error of an object that was normalized.
void validate(const Schema& schema, const nlohmann::json& object, std::vector<FieldError>& errors);

}  // namespace bursar::api
