#include "operator/cli/cost/open_days.hpp"

#include "controllers/cluster/live_world.hpp"
#include "controllers/reconcile/record/pending_days.hpp"
#include "controllers/treasury/decide.hpp"
#include "controllers/usage/open_usage_source.hpp"
#include "controllers/usage/policy_account.hpp"

namespace bursar::cli {
namespace {

// Completes days as the operator does, from the current state of the cluster.
reconcile::PendingDays pendingDays(const treasury::World& world, const std::string& policy, Instant now) {
    const treasury::Decisions decisions = treasury::decide(world, now);
    reconcile::PendingDays pending;
    const auto standings = reconcile::dayStandings(world, decisions);
    if (const auto found = standings.find(policy); found != standings.end()) pending.add(found->second);
    const auto draws = reconcile::windowDraws(world, decisions);
    if (const auto found = draws.find(policy); found != draws.end()) {
        for (const reconcile::WindowDraw& draw : found->second) pending.add(draw);
    }
    return pending;
}

}  // namespace

Result<OpenDays> readOpenDays(kube::Reader& client, const api::AllocationPolicy& policy, Instant from, Instant now) {
    const auto usage = usage::readDays(policy, usage::openUsageSource(policy), from, now);
    if (!usage) return usage.error();
    const auto world = cluster::readWorld(client);
    if (!world) return world.error();
    const reconcile::PendingDays pending = pendingDays(*world, policy.meta.name, now);
    OpenDays open;
    open.until = usage->lastScrape;
    for (const auto* days : {&usage->days.closed, &usage->days.open}) {
        for (const auto& day : *days) open.days.push_back(pending.complete(*day));
    }
    return open;
}

}  // namespace bursar::cli
