#include "controllers/reconcile/record/metering_recorder.hpp"

#include <algorithm>

#include "controllers/treasury/chargeback/prices.hpp"
#include "controllers/treasury/planning_period.hpp"

namespace bursar::reconcile {

using treasury::TimeWindow;

bool MeteringRecorder::update(ledger::Ledger& ledger, const Policy& policy, const usage::MeteredDays& days,
                              const Complete& complete, Instant now, std::optional<Instant> keepFrom) {
    if (!chain_ && !load(ledger, policy, now)) return false;
    // Without a usage source nothing can be metered; earlier days stay.
    const bool metered = policy->usageType != api::UsageType::None;
    const bool begun = metered && chain_->begin(treasury::windowAt(now, api::BudgetWindow::Day).start);
    const bool appended = metered && appendDue(days, complete);
    if (appended) {
        const Instant needed = treasury::lastClosedPeriod(policy->period, now).span().start;
        chain_->dropBefore(std::min(needed, keepFrom.value_or(needed)));
    }
    if (begun || appended) {
        if (auto committed = ledger.commit(*chain_); !committed) {
            fail(committed.error());
            return false;
        }
    }
    metering_.problem.clear();
    publish(policy, now);
    return true;
}

bool MeteringRecorder::load(ledger::Ledger& ledger, const Policy& policy, Instant now) {
    auto chain = ledger.readMetering(policy->meta.name);
    if (!chain) {
        fail(chain.error());
        return false;
    }
    chain_ = std::move(*chain);
    metering_.known = true;
    publish(policy, now);
    return true;
}

// Appends only days that follow the record without a gap. A usage source that was not yet asked for the next day is
// waited for.
bool MeteringRecorder::appendDue(const usage::MeteredDays& days, const Complete& complete) {
    bool appended = false;
    for (const usage::MeteredDays::Day& day : days.closed) {
        if (day->day == chain_->meteredUntil()) appended = chain_->append(complete(*day)) || appended;
    }
    return appended;
}

// Sums are computed again for another policy or period; otherwise the days recorded since are added to them.
void MeteringRecorder::publish(const Policy& policy, Instant now) {
    metering_.meteredUntil = chain_->meteredUntil();
    metering_.since = chain_->firstDay();
    const TimeWindow period = treasury::periodAt(now, policy->period).span();
    const bool startOver = !metering_.toDate || publishedFor_ != policy || metering_.toDate->period() != period;
    const Instant recorded = std::clamp(metering_.meteredUntil.value_or(period.start), period.start, period.end);
    if (!startOver && metering_.toDate->until() >= recorded) return;
    auto sums = startOver ? std::make_shared<treasury::UsageSums>(treasury::priceSpans(policy->pricing, period))
                          : std::make_shared<treasury::UsageSums>(*metering_.toDate);
    chain_->forEachDay({sums->until(), period.end}, [&](const treasury::MeteredRows& day) { sums->add(day); });
    metering_.toDate = std::move(sums);
    publishedFor_ = policy;
}

void MeteringRecorder::fail(const Error& error) {
    chain_.reset();
    metering_.problem = error.isConflict() ? "" : error.message;
}

}  // namespace bursar::reconcile
