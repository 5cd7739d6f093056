// Loans in the World: the team of each, what it draws, and its effect on budgets and limits. Pure.
#pragma once

#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// Decides the loans of one policy. `quotas` is sorted by namespace, name. Raises the budgets in `quotas` by what is
// lent now, and fills in the loans of each pool in `decision`.
std::vector<LoanDecision> lend(const World& world, Instant now, const api::AllocationPolicy& policy,
                               std::vector<QuotaDecision>& quotas, PolicyDecision& decision);

// Loans that belong to no policy: their TeamQuota does not exist, or names a policy that does not.
std::vector<LoanDecision> decideStrays(const World& world, Instant now);

// The instants at which a loan begins or ends, by policy: consumption before and after them is counted separately.
std::map<std::string, Cuts> loanCuts(const World& world);

}  // namespace bursar::treasury
