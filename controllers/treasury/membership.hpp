// Who takes part in a policy: references resolved, identities checked, duplicates settled.
#pragma once

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
    std::vector<QuotaDecision> decisions;  // one for each TeamQuota, sorted by namespace, name; no budgets yet
    // policy → pool → participants, sorted by team.
    std::map<std::string, std::map<std::string, std::vector<Participant>>> participants;
};

// Of two TeamQuotas that claim the same team in a policy the older one has it (then by namespace and name).
Membership resolveMembership(const World& world);

}  // namespace bursar::treasury
