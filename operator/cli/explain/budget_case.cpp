#include "operator/cli/explain/budget_case.hpp"

#include <algorithm>

namespace bursar::cli {
namespace {

using treasury::Decisions;
using treasury::QuotaDecision;
using treasury::World;

using Quotas = std::map<std::pair<std::string_view, std::string_view>, const api::TeamQuota*>;

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

// The request that counts is the first usable one: decide() sets a second one of the same pool aside.
const api::Request* requestOf(const api::TeamQuota& quota, const std::string& pool) {
    const auto found = std::find_if(quota.requests.begin(), quota.requests.end(),
                                    [&](const api::Request& each) { return each.usable && each.pool == pool; });
    return &*found;
}

std::vector<BudgetCase::Share> sharesOf(const World& world, const Decisions& decisions, const std::string& policy,
                                        const std::string& pool) {
    Quotas quotas;
    for (const auto& quota : world.quotas) quotas[{quota->meta.ns, quota->meta.name}] = quota.get();
    std::vector<BudgetCase::Share> shares;
    for (const QuotaDecision& quota : decisions.quotas) {
        if (quota.policy != policy) continue;
        for (const treasury::Budget& budget : quota.budgets) {
            if (budget.pool == pool)
                shares.push_back({&quota, &budget, requestOf(*quotas.at({quota.ns, quota.name}), pool)});
        }
    }
    std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.quota->team < b.quota->team; });
    return shares;
}

}  // namespace

std::optional<BudgetCase> findCase(const World& world, const Decisions& decisions, const QuotaDecision& quota,
                                   const std::string& pool, Instant at) {
    BudgetCase found;
    found.at = at;
    if (!findPool(world, decisions, quota.policy, pool, found)) return std::nullopt;
    found.shares = sharesOf(world, decisions, quota.policy, pool);
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
