#include "controllers/reconcile/observation/observer.hpp"

#include "controllers/cluster/stored_status.hpp"
#include "controllers/reconcile/observation/usage_change.hpp"
#include "controllers/treasury/lending.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

using std::chrono::seconds;

using IsSame = bool (*)(const kube::Json& before, const kube::Json& after);

// The same but for a status that nothing is parsed from. Reusing the parsed object matters: others compare it by its
// address, and would take a status of ours for a change.
bool isSameRequest(const kube::Json& before, const kube::Json& after) {
    return !kube::changedBeyondStatus(before, after);
}

// A loan's status holds its promise.
bool isSameLoan(const kube::Json& before, const kube::Json& after) { return before == after; }

template <typename T, typename Parse>
std::vector<std::shared_ptr<const T>> parseAll(const kube::Store& store, ParseCache<T>& cache, Parse parse,
                                               IsSame isSame) {
    std::vector<std::shared_ptr<const T>> objects;
    objects.reserve(store.size());
    std::erase_if(cache, [&](const auto& entry) { return !store.contains(entry.first); });
    for (const auto& [key, object] : store) {
        Parsed<T>& parsed = cache[key];
        if (parsed.from != object) {
            if (!parsed.value || !isSame(*parsed.from, *object))
                parsed.value = std::make_shared<const T>(parse(*object));
            parsed.from = object;
        }
        objects.push_back(parsed.value);
    }
    return objects;
}

// Whether two verdicts read the same; statuses show whole seconds.
bool sameVerdict(const kube::ClockVerdict& a, const kube::ClockVerdict& b) {
    return a.isKnown == b.isKnown && a.isSynchronized == b.isSynchronized &&
           std::chrono::floor<seconds>(a.skew) == std::chrono::floor<seconds>(b.skew);
}

}  // namespace

Observation Observer::observe() {
    Observation seen;
    seen.policyObjects = from_.resources.policies.snapshot();
    seen.quotaObjects = from_.resources.quotas.snapshot();
    seen.loanObjects = from_.resources.loans.snapshot();
    seen.world.policies = parseAll(*seen.policyObjects, policies_, api::parseAllocationPolicy, isSameRequest);
    seen.world.quotas = parseAll(*seen.quotaObjects, quotas_, api::parseTeamQuota, isSameRequest);
    seen.world.loans = parseAll(*seen.loanObjects, loans_, api::parseBurstLoan, isSameLoan);
    const auto namespaces = from_.resources.namespaces.snapshot();
    for (const auto& [key, object] : *namespaces) {
        seen.world.namespaces[key.name] = (*object)["metadata"].value("labels", api::Labels{});
    }
    for (const auto& policy : seen.world.policies) seen.policies[policy->meta.name] = policy;
    observeRecord(seen);
    observeUsage(seen);
    seen.stale = staleResources();
    seen.clock = judgeClock();
    seen.at = from_.clock.now();
    return seen;
}

bool Observer::hasChangedSince(const Observation& last) {
    if (staleResources() != last.stale || !sameVerdict(judgeClock(), last.clock)) return true;
    return changesFreshness(last, *from_.poller.snapshot(), from_.clock.now());
}

std::vector<StaleResource> Observer::staleResources() {
    return watchHealth_.check(from_.watchErrors(), from_.clock.now());
}

kube::ClockVerdict Observer::judgeClock() {
    if (!from_.clockJudge) return {};
    const kube::ClockVerdict verdict = from_.clockJudge->verdict(from_.clock.steadyNow());
    if (verdict.isSynchronized == clockIsSynchronized_) return verdict;
    clockIsSynchronized_ = verdict.isSynchronized;
    if (verdict.isSynchronized) {
        log::info("clock agrees with the API server's again");
    } else {
        log::warn("clock skew with the API server; check NTP",
                  {{"seconds_ahead", std::chrono::duration_cast<seconds>(verdict.skew).count()}});
    }
    return verdict;
}

void Observer::observeRecord(Observation& seen) {
    from_.recorder.follow(seen.world.policies);
    seen.record = from_.recorder.snapshot();
    for (const auto& [policy, record] : *seen.record) {
        if (record.periods) seen.world.record.insert(record.periods->begin(), record.periods->end());
        if (record.baselines) seen.world.recentBaselines[policy] = record.baselines;
    }
}

void Observer::observeUsage(Observation& seen) {
    seen.cuts = treasury::loanCuts(seen.world);
    std::map<std::string, usage::Wanted> wanted;
    for (const auto& [policy, cuts] : seen.cuts) wanted[policy].cuts = cuts;
    for (const auto& [policy, record] : *seen.record) {
        wanted[policy].recordedUntil = record.recordedUntil;
        wanted[policy].meteredUntil = record.metering.meteredUntil;
    }
    from_.poller.follow(seen.world.policies, wanted);
    seen.usage = from_.poller.snapshot();
    std::set<std::string> unknown;
    for (const auto& [name, policy] : seen.policies) {
        const usage::PolicyUsage* usage = seen.usageOf(name);
        if (usage != nullptr && usage->known) {
            seen.world.usage[name] = usage->view;
        } else {
            seen.world.usage[name].known = false;
            unknown.insert(name);
        }
    }
    restoreUnknown(seen, unknown);
}

// Until usage source and ledger have been read once since the start, the statuses stand in for them: a restart shows no
// zeros and changes no grant.
void Observer::restoreUnknown(Observation& seen, const std::set<std::string>& withoutUsage) {
    std::set<std::string> withoutRecord;
    for (const auto& [policy, record] : *seen.record) {
        if (!record.known) withoutRecord.insert(policy);
    }
    if (withoutUsage.empty() && withoutRecord.empty()) return;
    for (const auto& [key, object] : *seen.quotaObjects) {
        const api::TeamQuota& quota = *quotas_.at(key).value;
        const cluster::RestoredParts parts{withoutUsage.contains(quota.policy), withoutRecord.contains(quota.policy)};
        cluster::restoreFromStatus(*object, quota, parts, seen.world);
    }
}

}  // namespace bursar::reconcile
