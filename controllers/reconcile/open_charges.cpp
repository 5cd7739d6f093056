// The Reconciler's purse: what a period has cost so far, and closed statements on their way.
#include <algorithm>

#include "controllers/reconcile/reconciler.hpp"
#include "controllers/treasury/charges.hpp"

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

// Null until ledger and usage source have answered once: then what a status says stays.
const treasury::Charges* Reconciler::chargesOf(const std::string& name) {
    const auto policy = policies_.find(name);
    const auto record = record_->find(name);
    const auto usage = usage_->find(name);
    if (policy == policies_.end() || record == record_->end() || usage == usage_->end()) return nullptr;
    const Metering& metering = record->second.metering;
    if (!metering.toDate || !usage->second.known) return nullptr;
    auto days = unrecorded(usage->second.days, metering.meteredUntil.value_or(Instant{}));
    ChargesOf& made = charges_[name];
    if (made.policy == policy->second && made.recorded == metering.toDate && made.days == days) return &made.charges;
    treasury::UsageSums sums = *metering.toDate;
    for (const auto& day : days) sums.add(*day);
    const treasury::PlanningPeriod period = treasury::periodAt(sums.period().start, policy->second->period);
    const treasury::Statement draft =
        treasury::draftStatement({*policy->second, period, sums, {}}, usage->second.lastScrape);
    // The first day may have begun before the policy did.
    const Instant since = std::max(metering.since.value_or(usage->second.lastScrape), policy->second->meta.created);
    made = {policy->second, metering.toDate, std::move(days), treasury::chargesOf(draft, since)};
    return &made.charges;
}

Money Reconciler::moneyOf(const std::string& name, const kube::Json& object) {
    Money money;
    money.charges = chargesOf(name);
    const auto record = record_->find(name);
    if (record != record_->end()) money.statements = &record->second.statements;
    money.hasWebhook = policies_.at(name)->chargeback.webhook.has_value();
    money.deliveries = storedDeliveries(object);
    for (auto& [sha256, delivery] : delivery_.snapshot()) {
        Delivery& known = money.deliveries[sha256];
        if (!known.delivered) known = std::move(delivery);
    }
    return money;
}

void Reconciler::offerStatements() {
    std::vector<PendingDelivery> pending;
    const auto store = policyInformer_.snapshot();
    for (const auto& [name, record] : *record_) {
        const auto policy = policies_.find(name);
        const auto object = store->find({"", name});
        if (policy == policies_.end() || object == store->end() || !policy->second->chargeback.webhook) continue;
        const Deliveries delivered = storedDeliveries(*object->second);
        for (const ClosedStatement& statement : record.statements.closed) {
            if (delivered.contains(statement.sha256)) continue;
            pending.push_back({name, statement, *policy->second->chargeback.webhook});
        }
    }
    delivery_.offer(std::move(pending));
}

}  // namespace bursar::reconcile
