// Names of Kubernetes resources and objects. This folder knows nothing of tokens.
#pragma once

#include <compare>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace bursar::kube {

using Json = nlohmann::json;
using Labels = std::map<std::string, std::string>;

// A resource type, as the API server's URLs name it.
struct Resource {
    std::string group;    // empty for the core group
    std::string version;  // `v1`, `v1alpha1`
    std::string plural;   // `configmaps`
    std::string kind;     // `ConfigMap`
    bool namespaced = true;

    [[nodiscard]] std::string apiVersion() const { return group.empty() ? version : group + "/" + version; }
};

// One object of a resource; `ns` is empty for cluster-scoped ones.
struct Key {
    std::string ns;
    std::string name;

    auto operator<=>(const Key&) const = default;
    [[nodiscard]] std::string toString() const { return ns.empty() ? name : ns + "/" + name; }
};

// The key of an object from the API server; empty strings if metadata is missing.
Key keyOf(const Json& object);

}  // namespace bursar::kube
