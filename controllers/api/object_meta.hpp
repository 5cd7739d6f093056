// The part of an object's metadata that decisions need.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controllers/api/field_reader.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::api {

struct ObjectMeta {
    std::string ns;  // empty for cluster-scoped objects
    std::string name;
    std::int64_t generation = 0;
    Instant created{};  // the epoch for a manifest that is not applied yet

    [[nodiscard]] std::string toString() const { return ns.empty() ? name : ns + "/" + name; }
};

// Everything empty if the object has no metadata.
inline ObjectMeta readObjectMeta(const nlohmann::json& object) {
    ObjectMeta meta;
    const auto found = object.find("metadata");
    if (found == object.end() || !found->is_object()) return meta;
    std::vector<FieldError> ignored;  // metadata comes from the API server, which has checked it
    const FieldReader reader{*found, "metadata", ignored};
    meta.ns = reader.text("namespace");
    meta.name = reader.text("name");
    meta.generation = reader.count("generation", 0);
    meta.created = reader.instant("creationTimestamp").value_or(Instant{});
    return meta;
}

}  // namespace bursar::api
