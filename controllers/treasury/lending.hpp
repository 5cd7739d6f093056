// Loans in the World: whose they are, what they draw, and what they do to budgets and limits. Pure.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// A loan, and the decision of the TeamQuota it names (an index).
struct PlacedLoan {
    const api::BurstLoan* loan = nullptr;
    std::size_t quota = 0;
};
using LoansByPolicy = std::map<std::string_view, std::vector<PlacedLoan>>;  // names as `quotas` hold them

// `quotas` sorted by namespace, name. Loans whose TeamQuota is missing are left out.
LoansByPolicy placeLoans(const World& world, const std::vector<QuotaDecision>& quotas);

// The loans of one policy. Raises the budgets of `quotas` and the limits and pools of `decision` by what is lent now.
std::vector<LoanDecision> lend(const World& world, Instant now, const api::AllocationPolicy& policy,
                               const std::vector<PlacedLoan>& loans, std::vector<QuotaDecision>& quotas,
                               PolicyDecision& decision);

// A policy that is gone for less than this changes no loan's fate: somebody may put it back.
inline constexpr Duration kMissingPolicyGrace = std::chrono::minutes{10};

// Loans that belong to no policy: their TeamQuota is missing or names a policy that is.
std::vector<LoanDecision> decideStrays(const World& world, Instant now);

// Where the usage source must tell consumption apart, by policy.
std::map<std::string, Cuts> loanCuts(const World& world);

}  // namespace bursar::treasury
