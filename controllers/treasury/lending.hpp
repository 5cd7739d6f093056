// Loans in the World: whose they are, what they draw, and what they do to budgets and limits. Pure.
#pragma once

#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// The loans of one policy. `quotas` sorted by namespace, name. Raises the budgets of `quotas` and the limits and pools
// of `decision` by what is lent now.
std::vector<LoanDecision> lend(const World& world, Instant now, const api::AllocationPolicy& policy,
                               std::vector<QuotaDecision>& quotas, PolicyDecision& decision);

// Loans that belong to no policy: their TeamQuota is missing or names a policy that is.
std::vector<LoanDecision> decideStrays(const World& world, Instant now);

// Where the usage source must tell consumption apart, by policy.
std::map<std::string, Cuts> loanCuts(const World& world);

}  // namespace bursar::treasury
