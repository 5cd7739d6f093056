#include "controllers/reconcile/observation/usage_change.hpp"

#include <algorithm>

namespace bursar::reconcile {
namespace {

using usage::PolicyUsage;

const PolicyUsage* findUsage(const usage::UsageByPolicy& usage, const std::string& policy) {
    const auto found = usage.find(policy);
    return found == usage.end() ? nullptr : &found->second;
}

// A loan's draw is final once consumption is complete beyond its end.
bool settlesLoan(const treasury::Cuts& cuts, Instant before, Instant after) {
    return std::any_of(cuts.begin(), cuts.end(), [&](const auto& entry) {
        const auto next = entry.second.lower_bound(before);
        return next != entry.second.end() && *next < after;
    });
}

// A window can be recorded once the source was read beyond its end.
bool closesWindow(const api::AllocationPolicy& policy, const PolicyUsage& before, const PolicyUsage& after) {
    return std::any_of(policy.pools.begin(), policy.pools.end(), [&](const api::Pool& pool) {
        const auto then = before.closed.reach.find(pool.name);
        const auto now = after.closed.reach.find(pool.name);
        if (then == before.closed.reach.end() || now == after.closed.reach.end()) {
            return (then == before.closed.reach.end()) != (now == after.closed.reach.end());
        }
        return treasury::windowAt(then->second.until, pool.window).start !=
               treasury::windowAt(now->second.until, pool.window).start;
    });
}

bool hasSameFigures(const PolicyUsage& a, const PolicyUsage& b) {
    return a.known == b.known && a.view.known == b.view.known && a.view.consumed == b.view.consumed &&
           a.view.consumedSince == b.view.consumedSince && a.days.closed == b.days.closed && a.days.open == b.days.open;
}

bool hasSameFreshness(const PolicyUsage& a, Instant aAt, const PolicyUsage& b, Instant bAt) {
    return a.doubt == b.doubt && a.staleness(aAt) == b.staleness(bAt);
}

}  // namespace

bool changesDecision(const Observation& last, const usage::UsageByPolicy& usage, Instant now) {
    return std::any_of(last.policies.begin(), last.policies.end(), [&](const auto& entry) {
        const auto& [name, policy] = entry;
        const PolicyUsage* before = last.usageOf(name);
        const PolicyUsage* after = findUsage(usage, name);
        if (before == nullptr || after == nullptr) return before != after;
        if (before == after) return false;
        if (!hasSameFigures(*before, *after) || closesWindow(*policy, *before, *after)) return true;
        const auto cuts = last.cuts.find(name);
        if (cuts != last.cuts.end() && settlesLoan(cuts->second, before->view.completeUpTo, after->view.completeUpTo)) {
            return true;
        }
        return !hasSameFreshness(*before, last.at, *after, now);
    });
}

bool changesFreshness(const Observation& last, const usage::UsageByPolicy& usage, Instant now) {
    return std::any_of(last.policies.begin(), last.policies.end(), [&](const auto& entry) {
        const PolicyUsage* before = last.usageOf(entry.first);
        const PolicyUsage* after = findUsage(usage, entry.first);
        return before != nullptr && after != nullptr && !hasSameFreshness(*before, last.at, *after, now);
    });
}

}  // namespace bursar::reconcile
