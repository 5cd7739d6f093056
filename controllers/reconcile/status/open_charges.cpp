#include "controllers/reconcile/status/open_charges.hpp"

#include <algorithm>

#include "controllers/treasury/chargeback/charges.hpp"

namespace bursar::reconcile {
namespace {

// Days the usage source knows and the ledger does not have yet.
std::vector<usage::MeteredDays::Day> unrecorded(const usage::MeteredDays& days, Instant recordedUntil) {
    std::vector<usage::MeteredDays::Day> all = days.closed;
    all.insert(all.end(), days.open.begin(), days.open.end());
    std::erase_if(all, [&](const auto& day) { return day->day < recordedUntil; });
    return all;
}

}  // namespace

const treasury::Charges* OpenCharges::of(const Observation& seen, const std::string& name) {
    const auto policy = seen.policies.find(name);
    const PolicyRecord* record = seen.recordOf(name);
    const usage::PolicyUsage* usage = seen.usageOf(name);
    if (policy == seen.policies.end() || record == nullptr || usage == nullptr) return nullptr;
    const Metering& metering = record->metering;
    if (!metering.toDate || !usage->known) return nullptr;
    auto days = unrecorded(usage->days, metering.meteredUntil.value_or(Instant{}));
    Computed& computed = computed_[name];
    if (computed.policy == policy->second && computed.recorded == metering.toDate && computed.days == days) {
        return &computed.charges;
    }
    treasury::UsageSums sums = *metering.toDate;
    for (const auto& day : days) sums.add(*day);
    const treasury::PlanningPeriod period = treasury::periodAt(sums.period().start, policy->second->period);
    const treasury::Statement draft = treasury::draftStatement({*policy->second, period, sums, {}}, usage->lastScrape);
    // The first metered day may have begun before the policy did.
    const Instant since = std::max(metering.since.value_or(usage->lastScrape), policy->second->meta.created);
    computed = {policy->second, metering.toDate, std::move(days), treasury::chargesOf(draft, since)};
    return &computed.charges;
}

Money OpenCharges::moneyOf(const Observation& seen, const std::string& policy, const Deliveries& deliveries) {
    Money money;
    money.charges = of(seen, policy);
    if (const PolicyRecord* record = seen.recordOf(policy)) money.statements = &record->statements;
    money.hasWebhook = seen.policies.at(policy)->chargeback.webhook.has_value();
    money.deliveries = storedDeliveries(*seen.policyObjects->at({"", policy}));
    for (const auto& [sha256, delivery] : deliveries) {
        Delivery& known = money.deliveries[sha256];
        if (!known.delivered) known = delivery;
    }
    return money;
}

void OpenCharges::keepOnly(const Observation& seen) {
    std::erase_if(computed_, [&](const auto& entry) { return !seen.policies.contains(entry.first); });
}

std::vector<PendingDelivery> pendingDeliveries(const Observation& seen) {
    std::vector<PendingDelivery> pending;
    for (const auto& [name, record] : *seen.record) {
        const auto policy = seen.policies.find(name);
        const auto object = seen.policyObjects->find({"", name});
        if (policy == seen.policies.end() || object == seen.policyObjects->end()) continue;
        if (!policy->second->chargeback.webhook) continue;
        const Deliveries delivered = storedDeliveries(*object->second);
        for (const ClosedStatement& statement : record.statements.closed) {
            if (delivered.contains(statement.sha256)) continue;
            pending.push_back({name, statement, *policy->second->chargeback.webhook});
        }
    }
    return pending;
}

}  // namespace bursar::reconcile
