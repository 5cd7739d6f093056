#include "controllers/treasury/membership.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/sorting.hpp"

namespace bursar::treasury {
namespace {

using Policies = std::map<std::string, const api::AllocationPolicy*>;

std::string joined(const std::vector<std::string>& names) {
    return names.empty() ? std::string{"none"} : fmt::format("{}", fmt::join(names, ", "));
}

// The team of a namespace: the value of the policy's identity label, or the namespace's own name without one.
const std::string& identityOf(const api::AllocationPolicy& policy, const std::string& ns, const api::Labels& labels) {
    const auto found = labels.find(policy.identityLabel);
    return found == labels.end() ? ns : found->second;
}

std::optional<Problem> checkReference(const api::TeamQuota& quota, const Policies& policies) {
    const auto found = policies.find(quota.policy);
    if (found == policies.end()) {
        std::vector<std::string> names;
        for (const auto& [name, policy] : policies) names.push_back(name);
        return Problem{
            api::reason::kPolicyNotFound, "spec.policy",
            fmt::format("there is no AllocationPolicy \"{}\"; name one of: {}", quota.policy, joined(names))};
    }
    if (!found->second->errors.empty()) {
        return Problem{api::reason::kPolicyInvalid, "spec.policy",
                       fmt::format("AllocationPolicy \"{}\" cannot be used until its own {} is fixed; "
                                   "limits in force stay as they are",
                                   quota.policy, found->second->errors.front().field)};
    }
    return std::nullopt;
}

// Index of the request's pool. Nothing if the request is set aside: for a wrong amount, an unknown pool, or a pool that
// was requested before.
std::optional<std::size_t> poolOf(const api::Request& request, const api::TeamQuota& quota,
                                  const api::AllocationPolicy& policy, std::vector<Problem>& problems) {
    if (!request.usable) return std::nullopt;  // the quota has a FieldError for it
    const api::Pool* pool = policy.findPool(request.pool);
    if (pool == nullptr) {
        std::vector<std::string> names;
        for (const api::Pool& known : policy.pools) names.push_back(known.name);
        problems.push_back({api::reason::kUnknownPool, request.field + ".pool",
                            fmt::format("AllocationPolicy \"{}\" has no pool \"{}\"; name one of: {}", quota.policy,
                                        request.pool, joined(names))});
        return std::nullopt;
    }
    for (const api::Request* before = quota.requests.data(); before != &request; ++before) {
        if (!before->usable || before->pool != request.pool) continue;
        problems.push_back({api::reason::kDuplicateRequest, request.field + ".pool",
                            fmt::format("\"{}\" is requested twice; the first request counts, remove this "
                                        "one or add its forecast to the first",
                                        request.pool)});
        return std::nullopt;
    }
    return static_cast<std::size_t>(pool - policy.pools.data());
}

Problem duplicateTeam(const api::TeamQuota& quota, const api::TeamQuota& owner) {
    return {api::reason::kDuplicateTeam, "spec.team",
            fmt::format("\"{}\" already has TeamQuota {} under this policy, which is older; put the requests there and "
                        "delete this one",
                        quota.team, owner.meta.toString())};
}

// True if the quota's only errors are in its requests.
bool isIdentified(const api::TeamQuota& quota) {
    return std::none_of(quota.errors.begin(), quota.errors.end(), [](const api::FieldError& error) {
        return error.field == "spec.team" || error.field == "spec.policy";
    });
}

// A TeamQuota that may use the policy for its team, before duplicates are settled.
struct Member {
    const api::TeamQuota* quota;
    std::size_t decision;
};

bool byTeamOlderFirst(const Member& a, const Member& b) {
    const api::TeamQuota& left = *a.quota;
    const api::TeamQuota& right = *b.quota;
    return std::tie(left.team, left.meta.created, left.meta.ns, left.meta.name) <
           std::tie(right.team, right.meta.created, right.meta.ns, right.meta.name);
}

class Resolver {
  public:
    explicit Resolver(const World& world) : world_(world), namespace_(world.namespaces.begin()) {
        for (const auto& policy : world.policies) {
            membership_.policies[policy->meta.name] = policy.get();
            if (policy->errors.empty()) membership_.participants[policy->meta.name].resize(policy->pools.size());
        }
    }

    Membership resolve() {
        listQuotas();
        for (std::size_t i = 0; i < membership_.quotas.size(); ++i) admit(i);
        for (auto& [policy, members] : members_) settle(*membership_.policies.at(policy), members);
        return std::move(membership_);
    }

  private:
    void listQuotas() {
        std::vector<const api::TeamQuota*>& quotas = membership_.quotas;
        quotas.reserve(world_.quotas.size());
        for (const auto& quota : world_.quotas) quotas.push_back(quota.get());
        sortUnlessSorted(quotas, [](const auto* a, const auto* b) {
            return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
        });
        membership_.decisions.reserve(quotas.size());
        for (const auto* quota : quotas) {
            membership_.decisions.push_back({quota->meta.ns, quota->meta.name, quota->policy, quota->team, {}, {}});
        }
    }

    void admit(std::size_t index) {
        const api::TeamQuota& quota = *membership_.quotas[index];
        std::vector<Problem>& problems = membership_.decisions[index].problems;
        for (const api::FieldError& error : quota.errors) {
            problems.push_back({api::reason::kInvalidSpec, error.field, error.message});
        }
        if (!isIdentified(quota)) return;
        auto problem = checkReference(quota, membership_.policies);
        if (!problem) problem = checkIdentity(quota, *membership_.policies.at(quota.policy), labelsOf(quota.meta.ns));
        if (problem) {
            problems.push_back(std::move(*problem));
        } else {
            members_[quota.policy].push_back({&quota, index});
        }
    }

    // Callers ask in ascending order of name, so that one walk over all namespaces suffices.
    const api::Labels& labelsOf(const std::string& name) {
        static const api::Labels kNone;
        while (namespace_ != world_.namespaces.end() && namespace_->first < name) ++namespace_;
        return namespace_ != world_.namespaces.end() && namespace_->first == name ? namespace_->second : kNone;
    }

    void settle(const api::AllocationPolicy& policy, std::vector<Member>& members) {
        sortUnlessSorted(members, byTeamOlderFirst);
        std::vector<std::vector<Participant>>& pools = membership_.participants[policy.meta.name];
        const api::TeamQuota* owner = nullptr;
        for (const auto& [quota, index] : members) {
            QuotaDecision& decision = membership_.decisions[index];
            if (owner != nullptr && owner->team == quota->team) {
                decision.problems.push_back(duplicateTeam(*quota, *owner));
                continue;
            }
            owner = quota;
            decision.budgets.reserve(quota->requests.size());
            for (const api::Request& request : quota->requests) {
                const auto pool = poolOf(request, *quota, policy, decision.problems);
                if (pool) pools[*pool].push_back({quota, &request, index});
            }
        }
    }

    const World& world_;
    std::map<std::string, api::Labels>::const_iterator namespace_;
    std::map<std::string, std::vector<Member>> members_;  // by policy
    Membership membership_;
};

}  // namespace

std::optional<Problem> checkIdentity(const api::TeamQuota& quota, const api::AllocationPolicy& policy,
                                     const api::Labels& labels) {
    if (!policy.namespaceSelector.matches(labels)) {
        return Problem{api::reason::kNamespaceNotSelected, "spec.policy",
                       fmt::format("AllocationPolicy \"{}\" does not admit namespace \"{}\" "
                                   "(teams.namespaceSelector); ask the platform team to label the namespace",
                                   quota.policy, quota.meta.ns)};
    }
    const std::string& identity = identityOf(policy, quota.meta.ns, labels);
    if (identity != quota.team) {
        return Problem{api::reason::kTeamNotAllowed, "spec.team",
                       fmt::format("namespace \"{}\" speaks for team \"{}\", not for \"{}\"; use that name, "
                                   "or ask the platform team for the namespace label {}",
                                   quota.meta.ns, identity, quota.team, policy.identityLabel)};
    }
    return std::nullopt;
}

Membership resolveMembership(const World& world) { return Resolver{world}.resolve(); }

}  // namespace bursar::treasury
