// Which object a manifest describes, and that object parsed. Verbs read a manifest's kind and metadata here only. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/burst_loan.hpp"
#include "controllers/api/manifests/manifest.hpp"
#include "controllers/api/team_quota.hpp"

namespace bursar::cli {

inline constexpr const char* kPolicyKind = "AllocationPolicy";
inline constexpr const char* kQuotaKind = "TeamQuota";
inline constexpr const char* kLoanKind = "BurstLoan";
inline constexpr const char* kNamespaceKind = "Namespace";

// The namespace of manifests that name none, where neither a flag nor a kubeconfig says another.
inline constexpr const char* kDefaultNamespace = "default";

struct ObjectKey {
    std::string kind;
    std::string ns;  // empty for cluster-scoped kinds
    std::string name;

    auto operator<=>(const ObjectKey&) const = default;
    [[nodiscard]] std::string toString() const;  // `TeamQuota search/quota`
};

// Strings are empty where the manifest does not have them.
ObjectKey keyOf(const api::Manifest& manifest);

// True for the kind Namespace of the core group.
bool isNamespace(const api::Manifest& manifest);

// What decisions need of a Namespace.
struct NamespaceObject {
    std::string name;
    api::Labels labels;
    std::vector<api::FieldError> errors;
};

// std::monostate: an object that changes no decision.
using ParsedObject =
    std::variant<std::monostate, api::AllocationPolicy, api::TeamQuota, api::BurstLoan, NamespaceObject>;

// Bursar's kinds in the version that is served, and Namespaces.
ParsedObject parseObject(const api::Manifest& manifest);

}  // namespace bursar::cli
