#include "controllers/reconcile/record/window_recorder.hpp"

#include <algorithm>

namespace bursar::reconcile {
namespace {

using treasury::PoolTally;
using treasury::TimeWindow;

TimeWindow dayAt(Instant at) { return treasury::windowAt(at, api::BudgetWindow::Day); }

// Where the record of pools that have none begins: with the window that is open.
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

bool WindowRecorder::keep(ledger::Ledger& ledger, const Policy& policy, const Close& close, Instant now) {
    if (!chain_ && !load(ledger, policy)) return false;
    // Without a usage source nothing can be recorded; what was stays.
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

// Day by day, as the chain folds by days: the pools that are furthest behind first.
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

// Periods change when a pool's record crosses into another month, or the policy asks for others; the rest is cheap.
void WindowRecorder::publish(const Policy& policy) {
    record_.recordedUntil = chain_->recordedUntil();
    std::map<std::string, Instant> months;
    for (const auto& [pool, until] : record_.recordedUntil) months[pool] = treasury::monthAt(until).start;
    if (record_.periods && publishedFor_ == policy && publishedMonths_ == months) return;
    record_.periods = std::make_shared<const Periods>(treasury::closedPeriods(*policy, chain_->entries()));
    publishedFor_ = policy;
    publishedMonths_ = std::move(months);
}

bool WindowRecorder::fail(const Error& error) {
    chain_.reset();
    record_.tried = true;
    record_.problem = error.isConflict() ? "" : error.message;
    return false;
}

}  // namespace bursar::reconcile
