// Values of the Common Expression Language (CEL), in which the CRDs' rules are written.
//
// Objects and lists of the manifest are not copied: a Data points into the JSON and the DataType it was made from,
// which must outlive it. A Failure is a value, too, because CEL's && and || can absorb one. Thread-safety: values.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "controllers/api/schema/cel/quantity.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::api::cel {

// The type of a value of the manifest. Implemented by the schema, so that the expressions do not depend on it.
class DataType {
  public:
    virtual ~DataType() = default;

    // `date` and `date-time` strings are times to an expression; all others are strings.
    [[nodiscard]] virtual const std::string& stringFormat() const = 0;
    // Of a field; null where there is no such field.
    [[nodiscard]] virtual const DataType* fieldType(const std::string& name) const = 0;
    // Of a list's elements; null for any other type.
    [[nodiscard]] virtual const DataType* elementType() const = 0;
};

struct Null {};
struct TypeName {
    std::string name;
};
struct Failure {
    std::string message;  // the API server's
};
// An object or a list of the manifest.
struct Data {
    const nlohmann::json* value = nullptr;
    const DataType* type = nullptr;  // null where the schema does not have it
};

struct Value;
using List = std::shared_ptr<const std::vector<Value>>;

struct Value {
    std::variant<Null, bool, std::int64_t, double, std::string, Instant, Quantity, TypeName, Data, List, Failure> held;

    template <typename T>
    [[nodiscard]] const T* as() const {
        return std::get_if<T>(&held);
    }
    [[nodiscard]] bool isFailure() const { return as<Failure>() != nullptr; }
};

inline Value fail(std::string message) { return {Failure{std::move(message)}}; }
inline Value noOverload() { return fail("no such overload"); }

// The value at a place of the manifest. A string that is a time by its type but cannot be read as one is a Failure.
Value valueOf(const nlohmann::json& json, const DataType* type);

// CEL's ==. Values of different types are unequal.
bool equal(const Value& a, const Value& b);

// `int`, `string` … as type() names them.
std::string typeNameOf(const Value& value);

}  // namespace bursar::api::cel
