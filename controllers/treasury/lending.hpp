// Loans in the World: the team of each, what it draws, and its effect on budgets and limits. Pure.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// A loan, and the index of the decision on its TeamQuota.
struct PlacedLoan {
    const api::BurstLoan* loan = nullptr;
    std::size_t quota = 0;
};
using LoansByPolicy = std::map<std::string_view, std::vector<PlacedLoan>>;  // the names are those in `quotas`

// `quotas` is sorted by namespace, name. Loans without a TeamQuota are left out.
LoansByPolicy placeLoans(const World& world, const std::vector<QuotaDecision>& quotas);

// Decides the loans of one policy. Raises the budgets in `quotas` by what is lent now, and fills in the loans of each
// pool in `decision`.
std::vector<LoanDecision> lend(const World& world, Instant now, const api::AllocationPolicy& policy,
                               const std::vector<PlacedLoan>& loans, std::vector<QuotaDecision>& quotas,
                               PolicyDecision& decision);

// A policy that is missing for less than this returns or cancels no loan, in case it comes back.
inline constexpr Duration kMissingPolicyGrace = std::chrono::minutes{10};

// Loans that belong to no policy: their TeamQuota does not exist, or names a policy that does not.
std::vector<LoanDecision> decideStrays(const World& world, Instant now);

// The instants at which a loan begins or ends, by policy: consumption before and after them is counted separately.
std::map<std::string, Cuts> loanCuts(const World& world);

}  // namespace bursar::treasury
