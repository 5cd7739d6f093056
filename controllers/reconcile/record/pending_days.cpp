#include "controllers/reconcile/record/pending_days.hpp"

#include <algorithm>

namespace bursar::reconcile {
namespace {

using treasury::TimeWindow;

constexpr Duration kDay = std::chrono::hours{24};

Instant dayOf(Instant at) { return treasury::windowAt(at, api::BudgetWindow::Day).start; }

// Saturates, as Amount does.
api::Tokens times(api::Tokens amount, std::int64_t count) {
    std::int64_t product = 0;
    return api::Tokens{__builtin_mul_overflow(amount.value(), count, &product) ? INT64_MAX : product};
}

// The start of the window that the figure `drawn` belongs to; `open` is the open window of the loan's pool.
Instant drawnIn(const treasury::LoanOutcome& outcome, const TimeWindow& open) {
    if (outcome.phase == api::LoanPhase::Active || outcome.effectiveEnd > open.start) return open.start;
    const Duration length = open.end - open.start;
    const Duration sinceEnd = open.start - outcome.effectiveEnd;
    return open.start - (sinceEnd / length + 1) * length;
}

}  // namespace

std::map<std::string, DayStanding> dayStandings(const treasury::World& world, const treasury::Decisions& decisions) {
    std::map<std::string, DayStanding> standings;
    for (const treasury::PolicyDecision& policy : decisions.policies) {
        if (!policy.problems.empty() || policy.pools.empty()) continue;
        DayStanding& standing = standings[policy.name];
        standing.day = dayOf(policy.pools.front().span.start);  // of the open window: the day that is open
        for (const treasury::PoolDecision& pool : policy.pools) {
            standing.reserves[pool.name] = times(pool.reserve, kDay / (pool.span.end - pool.span.start));
        }
    }
    std::map<std::pair<std::string_view, std::string_view>, const api::TeamQuota*> quotas;
    for (const auto& quota : world.quotas) quotas[{quota->meta.ns, quota->meta.name}] = quota.get();
    for (const treasury::QuotaDecision& decision : decisions.quotas) {
        // A TeamQuota without a budget does not represent the team: another one may.
        const auto policy = standings.find(decision.policy);
        if (decision.budgets.empty() || policy == standings.end()) continue;
        policy->second.costCenters[decision.team] = quotas.at({decision.ns, decision.name})->costCenter;
    }
    return standings;
}

std::map<std::string, std::vector<WindowDraw>> windowDraws(const treasury::World& world,
                                                           const treasury::Decisions& decisions) {
    std::map<std::pair<std::string_view, std::string_view>, TimeWindow> open;  // by policy and pool
    for (const treasury::PolicyDecision& policy : decisions.policies) {
        const auto usage = world.usage.find(policy.name);
        if (usage == world.usage.end() || !usage->second.known) continue;
        for (const treasury::PoolDecision& pool : policy.pools) open[{policy.name, pool.name}] = pool.span;
    }
    std::map<std::string, std::vector<WindowDraw>> draws;
    for (const treasury::LoanDecision& loan : decisions.loans) {
        const auto window = open.find({loan.policy, loan.pool});
        if (window == open.end()) continue;
        draws[loan.policy].push_back(
            {{loan.ns, loan.name, loan.team, loan.pool, loan.outcome.drawn}, drawnIn(loan.outcome, window->second)});
    }
    return draws;
}

void PendingDays::add(const DayStanding& standing) {
    const auto [there, first] = standings_.try_emplace(standing.day, standing);
    if (first) return;
    DayStanding merged = standing;
    merged.costCenters.merge(there->second.costCenters);
    merged.reserves.merge(there->second.reserves);
    there->second = std::move(merged);
}

void PendingDays::add(const WindowDraw& draw) {
    const Instant day = dayOf(draw.windowStart);
    if (draw.loan.drawn.isZero() || day < recordedUntil_) return;
    auto& windows = draws_[day][{draw.loan.ns, draw.loan.name}];
    const auto [there, first] = windows.try_emplace(draw.windowStart, draw.loan);
    there->second.drawn = std::max(there->second.drawn, draw.loan.drawn);
}

treasury::MeteredDay PendingDays::complete(treasury::MeteredDay day) const {
    if (standings_.empty()) return day;
    const auto found = standings_.lower_bound(day.day);
    const DayStanding& standing = found == standings_.end() ? standings_.rbegin()->second : found->second;
    for (auto& [name, team] : day.teams) {
        const auto payer = standing.costCenters.find(name);
        if (payer != standing.costCenters.end()) team.costCenter = payer->second;
    }
    for (const auto& [pool, reserve] : standing.reserves) day.reserves[pool].reserved = reserve;
    const auto draws = draws_.find(day.day);
    if (draws == draws_.end()) return day;
    for (const auto& [name, windows] : draws->second) {
        treasury::LoanDraw sum = windows.begin()->second;
        for (auto window = std::next(windows.begin()); window != windows.end(); ++window) {
            sum.drawn += window->second.drawn;
        }
        day.reserves[sum.pool].drawn += sum.drawn;
        day.loans.push_back(std::move(sum));
    }
    return day;
}

void PendingDays::forget(Instant until) {
    recordedUntil_ = std::max(recordedUntil_, until);
    while (standings_.size() > 1 && standings_.begin()->first < until) standings_.erase(standings_.begin());
    draws_.erase(draws_.begin(), draws_.lower_bound(until));
}

}  // namespace bursar::reconcile
