#include "operator/cli/manifests/repository.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/treasury/membership.hpp"

namespace bursar::cli {
namespace {

constexpr const char* kNameLabel = "kubernetes.io/metadata.name";  // the API server gives it to every namespace

// Labels with which the policy admits the team.
api::Labels admittedLabels(const api::AllocationPolicy& policy, const std::string& team) {
    api::Labels labels = policy.namespaceSelector.matchLabels;
    for (const api::LabelSelector::Requirement& requirement : policy.namespaceSelector.matchExpressions) {
        if (requirement.op == api::LabelSelector::Operator::In && !requirement.values.empty()) {
            labels.try_emplace(requirement.key, requirement.values.front());
        } else if (requirement.op == api::LabelSelector::Operator::Exists) {
            labels.try_emplace(requirement.key);
        }
    }
    labels[policy.identityLabel] = team;
    return labels;
}

}  // namespace

std::vector<Assumption> assumeNamespaces(treasury::World& world, const std::set<std::string>& known) {
    std::map<std::string, const api::AllocationPolicy*> policies;
    for (const auto& policy : world.policies) policies[policy->meta.name] = policy.get();
    for (const auto& quota : world.quotas) world.namespaces[quota->meta.ns].try_emplace(kNameLabel, quota->meta.ns);
    std::vector<Assumption> assumptions;
    for (const auto& quota : world.quotas) {
        const auto policy = policies.find(quota->policy);
        if (known.contains(quota->meta.ns) || policy == policies.end()) continue;
        api::Labels& labels = world.namespaces[quota->meta.ns];
        auto problem = treasury::checkIdentity(*quota, *policy->second, labels);
        if (!problem) continue;
        for (auto& [key, value] : admittedLabels(*policy->second, quota->team)) labels.try_emplace(key, value);
        assumptions.push_back({quota.get(), std::move(*problem)});
    }
    return assumptions;
}

api::ManifestError givenTwice(const std::string& what, const api::Manifest& here, const api::Manifest& first) {
    return {here.placeOf("metadata.name"),
            fmt::format("{} is given twice, here and at {}; kubectl would apply both and keep this one: "
                        "remove one of them",
                        what, first.placeOf("metadata.name").toString()),
            "metadata.name"};
}

}  // namespace bursar::cli
