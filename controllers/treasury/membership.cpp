#include "controllers/treasury/membership.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace bursar::treasury {
namespace {

using Policies = std::map<std::string, const api::AllocationPolicy*>;

std::string joined(const std::vector<std::string>& names) {
    return names.empty() ? std::string{"none"} : fmt::format("{}", fmt::join(names, ", "));
}

// The name a namespace speaks for: the value of the policy's identity label, or its own name without one.
std::string identityOf(const api::AllocationPolicy& policy, const std::string& ns, const api::Labels& labels) {
    const auto found = labels.find(policy.identityLabel);
    return found == labels.end() ? ns : found->second;
}

std::optional<Problem> checkReference(const api::TeamQuota& quota, const Policies& policies) {
    const auto found = policies.find(quota.policy);
    if (found == policies.end()) {
        std::vector<std::string> names;
        for (const auto& [name, policy] : policies) names.push_back(name);
        return Problem{"PolicyNotFound",
                       fmt::format("spec.policy: there is no AllocationPolicy \"{}\"; name one of: {}", quota.policy,
                                   joined(names))};
    }
    if (!found->second->errors.empty()) {
        return Problem{"PolicyInvalid",
                       fmt::format("spec.policy: AllocationPolicy \"{}\" cannot be used until its own {} is mended; "
                                   "limits in force stay as they are",
                                   quota.policy, found->second->errors.front().field)};
    }
    return std::nullopt;
}

std::optional<Problem> checkIdentity(const api::TeamQuota& quota, const api::AllocationPolicy& policy,
                                     const World& world) {
    static const api::Labels kNone;
    const auto found = world.namespaces.find(quota.meta.ns);
    const api::Labels& labels = found == world.namespaces.end() ? kNone : found->second;
    if (!policy.namespaceSelector.matches(labels)) {
        return Problem{"NamespaceNotSelected",
                       fmt::format("spec.policy: AllocationPolicy \"{}\" does not admit namespace \"{}\" "
                                   "(teams.namespaceSelector); ask the platform team to label the namespace",
                                   quota.policy, quota.meta.ns)};
    }
    const std::string identity = identityOf(policy, quota.meta.ns, labels);
    if (identity != quota.team) {
        return Problem{"TeamNotAllowed",
                       fmt::format("spec.team: namespace \"{}\" speaks for team \"{}\", not for \"{}\"; use that name, "
                                   "or ask the platform team for the namespace label {}",
                                   quota.meta.ns, identity, quota.team, policy.identityLabel)};
    }
    return std::nullopt;
}

// Requests with a wrong amount, an unknown pool, or a pool named before are set aside, each with its problem.
std::vector<const api::Request*> usableRequests(const api::TeamQuota& quota, const api::AllocationPolicy& policy,
                                                std::vector<Problem>& problems) {
    std::vector<const api::Request*> usable;
    std::set<std::string> seen;
    for (const api::Request& request : quota.requests) {
        if (!request.usable) continue;  // its FieldError says why
        if (policy.findPool(request.pool) == nullptr) {
            std::vector<std::string> names;
            for (const api::Pool& pool : policy.pools) names.push_back(pool.name);
            problems.push_back({"UnknownPool", fmt::format("{}.pool: AllocationPolicy \"{}\" has no pool \"{}\"; name "
                                                           "one of: {}",
                                                           request.field, quota.policy, request.pool, joined(names))});
        } else if (!seen.insert(request.pool).second) {
            problems.push_back({"DuplicateRequest",
                                fmt::format("{}.pool: \"{}\" is requested twice; the first request counts, remove this "
                                            "one or add its forecast to the first",
                                            request.field, request.pool)});
        } else {
            usable.push_back(&request);
        }
    }
    return usable;
}

bool olderFirst(const api::TeamQuota* a, const api::TeamQuota* b) {
    return std::tie(a->meta.created, a->meta.ns, a->meta.name) < std::tie(b->meta.created, b->meta.ns, b->meta.name);
}

// True where nothing but single requests is wrong with the quota.
bool isIdentified(const api::TeamQuota& quota) {
    return std::none_of(quota.errors.begin(), quota.errors.end(), [](const api::FieldError& error) {
        return error.field == "spec.team" || error.field == "spec.policy";
    });
}

class Resolver {
  public:
    explicit Resolver(const World& world) : world_(world) {
        for (const auto& policy : world.policies) policies_[policy->meta.name] = policy.get();
    }

    Membership resolve() {
        std::vector<const api::TeamQuota*> quotas;
        for (const auto& quota : world_.quotas) quotas.push_back(quota.get());
        std::sort(quotas.begin(), quotas.end(), [](const auto* a, const auto* b) {
            return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
        });
        std::map<const api::TeamQuota*, std::size_t> indexOf;
        for (const auto* quota : quotas) {
            indexOf[quota] = membership_.decisions.size();
            membership_.decisions.push_back({quota->meta.ns, quota->meta.name, quota->policy, quota->team, {}, {}});
        }
        std::sort(quotas.begin(), quotas.end(), olderFirst);
        for (const auto* quota : quotas) admit(*quota, indexOf[quota]);
        sortByTeam();
        return std::move(membership_);
    }

  private:
    void admit(const api::TeamQuota& quota, std::size_t index) {
        std::vector<Problem>& problems = membership_.decisions[index].problems;
        for (const api::FieldError& error : quota.errors) problems.push_back({"InvalidSpec", error.toString()});
        if (!isIdentified(quota)) return;
        if (auto problem = checkReference(quota, policies_)) {
            problems.push_back(std::move(*problem));
            return;
        }
        const api::AllocationPolicy& policy = *policies_.at(quota.policy);
        if (auto problem = checkIdentity(quota, policy, world_)) {
            problems.push_back(std::move(*problem));
            return;
        }
        const auto [owner, first] = owners_.try_emplace({quota.policy, quota.team}, &quota);
        if (!first) {
            problems.push_back(
                {"DuplicateTeam", fmt::format("spec.team: \"{}\" already has TeamQuota {} under this policy, which is "
                                              "older; put the requests there and delete this one",
                                              quota.team, owner->second->meta.toString())});
            return;
        }
        for (const api::Request* request : usableRequests(quota, policy, problems)) {
            membership_.participants[quota.policy][request->pool].push_back({&quota, request, index});
        }
    }

    void sortByTeam() {
        for (auto& [policy, pools] : membership_.participants) {
            for (auto& [pool, participants] : pools) {
                std::sort(participants.begin(), participants.end(),
                          [](const auto& a, const auto& b) { return a.quota->team < b.quota->team; });
            }
        }
    }

    const World& world_;
    Policies policies_;
    std::map<std::pair<std::string, std::string>, const api::TeamQuota*> owners_;
    Membership membership_;
};

}  // namespace

Membership resolveMembership(const World& world) { return Resolver{world}.resolve(); }

}  // namespace bursar::treasury
