// The Reconciler's eyes: one snapshot of everything as a World.
#include "controllers/cluster/stored_status.hpp"
#include "controllers/reconcile/reconciler.hpp"
#include "controllers/treasury/lending.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

template <typename T, typename Parse>
std::vector<std::shared_ptr<const T>> parseAll(
    const kube::Store& store, std::map<kube::Key, std::pair<std::string, std::shared_ptr<const T>>>& cache,
    Parse parse) {
    std::vector<std::shared_ptr<const T>> objects;
    objects.reserve(store.size());
    std::erase_if(cache, [&](const auto& entry) { return !store.contains(entry.first); });
    for (const auto& [key, object] : store) {
        auto& [version, parsed] = cache[key];
        const std::string current = (*object)["metadata"].value("resourceVersion", "");
        if (!parsed || version != current) {
            parsed = std::make_shared<const T>(parse(*object));
            version = current;
        }
        objects.push_back(parsed);
    }
    return objects;
}

}  // namespace

treasury::World Reconciler::observe() {
    treasury::World world;
    world.policies = parseAll(*policyInformer_.snapshot(), policyCache_.entries, api::parseAllocationPolicy);
    world.quotas = parseAll(*quotaInformer_.snapshot(), quotaCache_.entries, api::parseTeamQuota);
    world.loans = parseAll(*loanInformer_.snapshot(), loanCache_.entries, api::parseBurstLoan);
    // A name for the snapshot: in a range-for the temporary pointer, and with it the copy, would be gone at once.
    const auto namespaceStore = namespaceInformer_.snapshot();
    for (const auto& [key, object] : *namespaceStore) {
        world.namespaces[key.name] = (*object)["metadata"].value("labels", api::Labels{});
    }
    policies_.clear();
    for (const auto& policy : world.policies) policies_[policy->meta.name] = policy;
    std::erase_if(charges_, [this](const auto& entry) { return !policies_.contains(entry.first); });
    observeRecord(world);
    observeUsage(world);
    stale_ = watchHealth_.look({{"allocationpolicies", policyInformer_.lastError()},
                                {"burstloans", loanInformer_.lastError()},
                                {"configmaps", configMapInformer_.lastError()},
                                {"namespaces", namespaceInformer_.lastError()},
                                {"teamquotas", quotaInformer_.lastError()}},
                               clock_.now());
    observeClock();
    return world;
}

void Reconciler::observeClock() {
    if (!options_.clockJudge) return;
    const kube::ClockVerdict before = clockVerdict_;
    clockVerdict_ = options_.clockJudge->verdict(clock_.steadyNow());
    if (clockVerdict_.isSynchronized == before.isSynchronized) return;
    if (clockVerdict_.isSynchronized) {
        log::info("clock agrees with the API server's again");
    } else {
        log::warn("clock differs from the API server's: mend NTP",
                  {{"seconds_ahead", std::chrono::duration_cast<std::chrono::seconds>(clockVerdict_.skew).count()}});
    }
}

void Reconciler::observeRecord(treasury::World& world) {
    recorder_.follow(world.policies);
    record_ = recorder_.snapshot();
    for (const auto& [policy, record] : *record_) {
        if (record.periods) world.record.insert(record.periods->begin(), record.periods->end());
        if (record.baselines) world.recentBaselines[policy] = record.baselines;
    }
}

void Reconciler::observeUsage(treasury::World& world) {
    std::map<std::string, usage::Wanted> wanted;
    for (auto& [policy, cuts] : treasury::loanCuts(world)) wanted[policy].cuts = std::move(cuts);
    for (const auto& [policy, record] : *record_) {
        wanted[policy].recordedUntil = record.recordedUntil;
        wanted[policy].meteredUntil = record.metering.meteredUntil;
    }
    poller_.follow(world.policies, wanted);
    usage_ = poller_.snapshot();
    std::set<std::string> unknown;
    for (const auto& policy : world.policies) {
        const auto found = usage_->find(policy->meta.name);
        if (found != usage_->end() && found->second.known) {
            world.usage[policy->meta.name] = found->second.view;
        } else {
            unknown.insert(policy->meta.name);
        }
    }
    for (const std::string& policy : unknown) world.usage[policy].known = false;
    recall(world, unknown);
}

// Until usage source and ledger were read once since the start, the statuses stand in for them: a restart shows no
// zeros and changes no grant.
void Reconciler::recall(treasury::World& world, const std::set<std::string>& withoutUsage) {
    std::set<std::string> withoutRecord;
    for (const auto& [policy, record] : *record_) {
        if (!record.known) withoutRecord.insert(policy);
    }
    if (withoutUsage.empty() && withoutRecord.empty()) return;
    const auto quotaStore = quotaInformer_.snapshot();
    for (const auto& [key, object] : *quotaStore) {
        const auto parsed = quotaCache_.entries.find(key);
        if (parsed == quotaCache_.entries.end()) continue;
        const api::TeamQuota& quota = *parsed->second.second;
        if (withoutUsage.contains(quota.policy)) {
            for (auto& [budget, tokens] : cluster::storedConsumption(*object)) {
                world.usage[quota.policy].consumed[{budget.first, quota.team, budget.second}] = tokens;
            }
        }
        if (withoutRecord.contains(quota.policy)) {
            for (auto& [pool, remembered] : cluster::storedRecord(*object)) {
                world.remembered[{quota.policy, pool, quota.team}] = std::move(remembered);
            }
        }
    }
}

}  // namespace bursar::reconcile
