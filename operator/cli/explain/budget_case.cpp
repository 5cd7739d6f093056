#include "operator/cli/explain/budget_case.hpp"

#include <algorithm>

#include "controllers/treasury/membership.hpp"

namespace bursar::cli {
namespace {

using treasury::Decisions;
using treasury::QuotaDecision;
using treasury::World;

bool findPool(const World& world, const Decisions& decisions, const std::string& policy, const std::string& pool,
              BudgetCase& found) {
    for (const auto& candidate : world.policies) {
        if (candidate->meta.name == policy) found.policy = candidate.get();
    }
    for (const auto& candidate : decisions.policies) {
        if (candidate.name != policy) continue;
        for (const auto& decided : candidate.pools) {
            if (decided.name == pool) found.decision = &decided;
        }
    }
    if (found.policy != nullptr) found.pool = found.policy->findPool(pool);
    return found.pool != nullptr && found.decision != nullptr;
}

std::vector<BudgetCase::Share> sharesOf(const World& world, const Decisions& decisions, const BudgetCase& found) {
    // As decide() resolves it: participants are sorted by team, and each names its decision.
    const treasury::Membership membership = treasury::resolveMembership(world);
    const auto pool = static_cast<std::size_t>(found.pool - found.policy->pools.data());
    std::vector<BudgetCase::Share> shares;
    for (const treasury::Participant& participant : membership.participants.at(found.policy->meta.name)[pool]) {
        const QuotaDecision& quota = decisions.quotas[participant.decision];
        const auto budget = std::find_if(quota.budgets.begin(), quota.budgets.end(),
                                         [&](const treasury::Budget& each) { return each.pool == found.pool->name; });
        shares.push_back({&quota, &*budget, participant.request});
    }
    return shares;
}

}  // namespace

std::optional<BudgetCase> findCase(const World& world, const Decisions& decisions, const QuotaDecision& quota,
                                   const std::string& pool, Instant at) {
    BudgetCase found;
    found.at = at;
    if (!findPool(world, decisions, quota.policy, pool, found)) return std::nullopt;
    found.shares = sharesOf(world, decisions, found);
    const auto own = std::find_if(found.shares.begin(), found.shares.end(), [&](const BudgetCase::Share& share) {
        return share.quota->ns == quota.ns && share.quota->name == quota.name;
    });
    if (own == found.shares.end()) return std::nullopt;
    found.own = static_cast<std::size_t>(own - found.shares.begin());
    for (const treasury::LoanDecision& loan : decisions.loans) {
        if (loan.policy == quota.policy && loan.team == quota.team && loan.pool == pool) found.loans.push_back(&loan);
    }
    const auto record = world.record.find({quota.policy, pool, quota.team});
    if (record != world.record.end()) found.record = record->second;
    found.consumptionKnown = world.usage.contains(quota.policy);
    return found;
}

}  // namespace bursar::cli
