#include "controllers/cluster/live_world.hpp"

#include <fmt/format.h>

#include "controllers/cluster/resources.hpp"
#include "controllers/cluster/stored_status.hpp"
#include "controllers/treasury/closing.hpp"

namespace bursar::cluster {
Result<treasury::World> readWorld(kube::Reader& client) {
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
        restoreFromStatus(item, *world.quotas.back(), {}, world);
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

std::vector<std::string> readRecord(ledger::Ledger& ledger, treasury::World& world) {
    std::vector<std::string> warnings;
    for (const auto& policy : world.policies) {
        const auto chain = ledger.read(policy->meta.name);
        if (!chain) {
            warnings.push_back(
                fmt::format("the record of closed periods of AllocationPolicy \"{}\" cannot be read ({}); history and "
                            "haircuts are those of the statuses",
                            policy->meta.name, chain.error().message));
            continue;
        }
        std::erase_if(world.remembered, [&](const auto& entry) { return entry.first.policy == policy->meta.name; });
        world.record.merge(treasury::closedPeriods(*policy, chain->entries()));
        world.recentBaselines[policy->meta.name] = std::make_shared<const treasury::RecentBaselines>(
            treasury::recentBaselines(*policy, chain->entryPointers()));
    }
    return warnings;
}

std::optional<api::AllocationPolicy> findPolicy(kube::Reader& client, const std::string& name) {
    const auto object = client.get(allocationPolicies(), {"", name});
    if (!object) return std::nullopt;
    return api::parseAllocationPolicy(*object);
}

}  // namespace bursar::cluster
