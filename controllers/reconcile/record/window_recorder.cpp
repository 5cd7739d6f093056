#include "controllers/reconcile/record/window_recorder.hpp"

#include <algorithm>

namespace bursar::reconcile {
namespace {

using treasury::PoolTally;
using treasury::TimeWindow;

TimeWindow dayAt(Instant at) { return treasury::windowAt(at, api::BudgetWindow::Day); }

// The record of a pool that has none begins with the open window.
std::vector<PoolTally> openings(const api::AllocationPolicy& policy, const ledger::Chain& chain, Instant now) {
    std::vector<PoolTally> opened;
    for (const api::Pool& pool : policy.pools) {
        if (chain.recordedUntil().contains(pool.name)) continue;
        const Instant start = treasury::windowAt(now, pool.window).start;
        opened.push_back({pool.name, pool.window, {start, start}, 0, {}});
    }
    return opened;
}

}  // namespace

bool WindowRecorder::update(ledger::Ledger& ledger, const Policy& policy, const Close& close, Instant now) {
    if (!chain_ && !load(ledger, policy)) return false;
    // Without a usage source nothing can be recorded; earlier records stay.
    const bool recorded = policy->usageType != api::UsageType::None;
    const bool opened = recorded && chain_->append(openings(*policy, *chain_, now));
    if ((recorded && appendDue(*policy, close, now)) || opened) {
        if (auto committed = ledger.commit(*chain_); !committed) return fail(committed.error());
    }
    record_.problem.clear();
    publish(policy);
    return true;
}

bool WindowRecorder::load(ledger::Ledger& ledger, const Policy& policy) {
    auto chain = ledger.read(policy->meta.name);
    record_.tried = true;
    if (!chain) return fail(chain.error());
    chain_ = std::move(*chain);
    record_.known = true;
    publish(policy);
    return true;
}

// Appends day by day, because the chain folds by days; the pools that are furthest behind come first.
bool WindowRecorder::appendDue(const api::AllocationPolicy& policy, const Close& close, Instant now) {
    bool appended = false;
    while (true) {
        const auto next = [&](const api::Pool& pool) {
            return treasury::nextWindowStart(pool.window, chain_->recordedUntil().at(pool.name));
        };
        Instant oldest = now;
        for (const api::Pool& pool : policy.pools) oldest = std::min(oldest, next(pool));
        std::vector<PoolTally> due;
        for (const api::Pool& pool : policy.pools) {
            const treasury::TimeWindow span{next(pool), dayAt(oldest).end};
            if (span.start >= span.end) continue;
            for (PoolTally& closed : close(pool, span)) due.push_back(std::move(closed));
        }
        if (!chain_->append(std::move(due))) return appended;
        appended = true;
    }
}

// Periods are computed again only when a pool's record enters another month or the policy has changed.
void WindowRecorder::publish(const Policy& policy) {
    if (!record_.baselines || publishedFor_ != policy || record_.recordedUntil != chain_->recordedUntil()) {
        record_.baselines = std::make_shared<const treasury::RecentBaselines>(
            treasury::recentBaselines(*policy, chain_->entryPointers()));
    }
    record_.recordedUntil = chain_->recordedUntil();
    std::map<std::string, Instant> months;
    for (const auto& [pool, until] : record_.recordedUntil) months[pool] = treasury::monthAt(until).start;
    if (record_.periods && publishedFor_ == policy && publishedMonths_ == months) return;
    record_.periods = std::make_shared<const Periods>(treasury::closedPeriods(*policy, chain_->entries()));
    publishedFor_ = policy;
    publishedMonths_ = std::move(months);
}

// The stored chain is unknown after a failure: the next update() reads it again. What was published stays.
bool WindowRecorder::fail(const Error& error) {
    chain_.reset();
    record_.tried = true;
    record_.problem = error.isConflict() ? "" : error.message;
    return false;
}

}  // namespace bursar::reconcile
