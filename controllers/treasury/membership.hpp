// The participants of each policy: references resolved, identities checked, duplicates settled. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// One request that takes part in the division of a pool.
struct Participant {
    const api::TeamQuota* quota = nullptr;
    const api::Request* request = nullptr;
    std::size_t decision = 0;  // index into `decisions`
};

struct Membership {
    // By name. Only one of several policies with the same name counts; a cluster never has two.
    std::map<std::string, const api::AllocationPolicy*> policies;
    std::vector<QuotaDecision> decisions;       // one for each TeamQuota, sorted by namespace, name; no budgets yet
    std::vector<const api::TeamQuota*> quotas;  // parallel to `decisions`
    // By name of each policy that can be used; one list for each of its pools, in their order, sorted by team.
    std::map<std::string, std::vector<std::vector<Participant>>> participants;
};

// Why a namespace with these labels cannot use the policy for the quota's team; nothing if it can.
std::optional<Problem> checkIdentity(const api::TeamQuota& quota, const api::AllocationPolicy& policy,
                                     const api::Labels& labels);

// If two TeamQuotas claim the same team in a policy, the older one has it (then the first by namespace and name).
Membership resolveMembership(const World& world);

}  // namespace bursar::treasury
