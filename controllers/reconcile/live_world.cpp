#include "controllers/reconcile/live_world.hpp"

#include "controllers/reconcile/resources.hpp"

namespace bursar::reconcile {

Result<treasury::World> readWorld(kube::Client& client) {
    treasury::World world;
    auto policies = client.list(allocationPolicies(), {});
    if (!policies) return policies.error();
    for (const auto& item : policies->items) {
        world.policies.push_back(std::make_shared<api::AllocationPolicy>(api::parseAllocationPolicy(item)));
    }
    auto quotas = client.list(teamQuotas(), {});
    if (!quotas) return quotas.error();
    for (const auto& item : quotas->items) {
        world.quotas.push_back(std::make_shared<api::TeamQuota>(api::parseTeamQuota(item)));
    }
    auto loans = client.list(burstLoans(), {});
    if (!loans) return loans.error();
    for (const auto& item : loans->items) {
        world.loans.push_back(std::make_shared<api::BurstLoan>(api::parseBurstLoan(item)));
    }
    auto labelled = client.list(namespaces(), {});
    if (!labelled) return labelled.error();
    for (const auto& item : labelled->items) {
        world.namespaces[kube::keyOf(item).name] = item["metadata"].value("labels", api::Labels{});
    }
    return world;
}

}  // namespace bursar::reconcile
