// Who takes part in a policy: references resolved, identities checked, duplicates settled.
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
    // By name. Of two with the same name, which no cluster has, one counts.
    std::map<std::string, const api::AllocationPolicy*> policies;
    std::vector<QuotaDecision> decisions;       // one for each TeamQuota, sorted by namespace, name; no budgets yet
    std::vector<const api::TeamQuota*> quotas;  // of each decision
    // Of each policy that can be used, by name; for each of its pools, in their order: participants sorted by team.
    std::map<std::string, std::vector<std::vector<Participant>>> participants;
};

// What keeps a namespace with these labels from using the policy for the quota's team; nothing where it may.
std::optional<Problem> checkIdentity(const api::TeamQuota& quota, const api::AllocationPolicy& policy,
                                     const api::Labels& labels);

// Of two TeamQuotas that claim the same team in a policy the older one has it (then by namespace and name).
Membership resolveMembership(const World& world);

}  // namespace bursar::treasury
