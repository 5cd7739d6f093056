#include "controllers/treasury/closing.hpp"

#include <algorithm>
#include <tuple>

#include "controllers/treasury/planning_period.hpp"

namespace bursar::treasury {
namespace {

using api::Wide;

constexpr Wide kMostWide = (Wide{1} << 126) - 1 + (Wide{1} << 126);

void addTo(Wide& sum, Wide more) {
    if (__builtin_add_overflow(sum, more, &sum)) sum = kMostWide;
}

void addTo(std::int64_t& sum, std::int64_t more) {
    if (__builtin_add_overflow(sum, more, &sum)) sum = INT64_MAX;
}

// Adds `more` to `entry`. Both have the same pool and window length.
void join(PoolTally& entry, const PoolTally& more) {
    entry.span.start = std::min(entry.span.start, more.span.start);
    entry.span.end = std::max(entry.span.end, more.span.end);
    addTo(entry.gaps, more.gaps);
    for (const auto& [team, tally] : more.teams) entry.teams[team] += tally;
}

std::map<std::string, Instant> recordedUntil(std::span<const PoolTally> entries) {
    std::map<std::string, Instant> until;
    for (const PoolTally& entry : entries) {
        Instant& end = until.try_emplace(entry.pool, entry.span.end).first->second;
        end = std::max(end, entry.span.end);
    }
    return until;
}

PoolTally closeWindow(const api::Pool& pool, const TimeWindow& span, const ClosedUsage& usage,
                      const Standings& standings) {
    PoolTally closed{pool.name, pool.window, span, 0, {}};
    for (const auto& [team, standing] : standings) {
        if (standing.since >= span.end) continue;
        const auto line = usage.lines.find({pool.name, team, span.start});
        const ClosedUsage::Line used = line == usage.lines.end() ? ClosedUsage::Line{} : line->second;
        closed.teams[team] = {standing.forecast.value(), standing.baseline.value(), used.consumed.value(), 1,
                              used.refused ? 1 : 0};
    }
    return closed;
}

// Sums of one team's baselines, on the way to their mean.
struct BaselineSum {
    Wide sum = 0;
    std::int64_t windows = 0;
};

// Adds the newest `most` windows of a tally; of more than that, as many of its mean.
void addNewest(BaselineSum& sum, const Tally& tally, std::int64_t most) {
    const std::int64_t taken = std::min(most, tally.windows);
    if (taken <= 0) return;
    const Wide least = std::min<Wide>(tally.baseline, Wide{api::kMaxTokens} * tally.windows);
    sum.sum += taken == tally.windows ? least : least / tally.windows * taken;
    sum.windows += taken;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
    addTo(forecast, other.forecast);
    addTo(baseline, other.baseline);
    addTo(consumed, other.consumed);
    addTo(windows, other.windows);
    addTo(refusedWindows, other.refusedWindows);
    return *this;
}

TimeWindow monthAt(Instant at) { return periodAt(at, api::Period::Month).span(); }

std::vector<PoolTally> fold(std::vector<PoolTally> entries, const UnitAt& unitAt) {
    const auto unitOf = [&](const PoolTally& entry) {
        return std::tuple{unitAt(entry.span.start).start, std::string_view{entry.pool}, entry.window};
    };
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const PoolTally& a, const PoolTally& b) { return unitOf(a) < unitOf(b); });
    std::vector<PoolTally> folded;
    for (PoolTally& entry : entries) {
        if (!folded.empty() && unitOf(folded.back()) == unitOf(entry)) {
            join(folded.back(), entry);
        } else {
            folded.push_back(std::move(entry));
        }
    }
    return folded;
}

std::map<RecordKey, std::vector<PeriodRecord>> closedPeriods(const api::AllocationPolicy& policy,
                                                             std::span<const PoolTally> entries) {
    const std::map<std::string, Instant> until = recordedUntil(entries);
    std::map<RecordKey, std::map<Instant, PeriodRecord, std::greater<>>> sums;
    for (const PoolTally& entry : entries) {
        const api::Pool* pool = policy.findPool(entry.pool);
        const PlanningPeriod period = periodAt(entry.span.start, policy.period);
        const TimeWindow span = period.span();
        if (pool == nullptr || pool->window != entry.window || span.end > until.at(entry.pool)) continue;
        for (const auto& [team, tally] : entry.teams) {
            PeriodRecord& record = sums[{policy.meta.name, entry.pool, team}][span.start];
            record.period = period.toString();
            addTo(record.forecastSum, tally.forecast);
            addTo(record.actualSum, tally.consumed);
            addTo(record.windows, tally.windows);
            addTo(record.refusedWindows, tally.refusedWindows);
        }
    }
    std::map<RecordKey, std::vector<PeriodRecord>> records;
    for (auto& [key, periods] : sums) {
        for (auto& [start, record] : periods) records[key].push_back(std::move(record));
    }
    return records;
}

RecentBaselines recentBaselines(const api::AllocationPolicy& policy, std::vector<const PoolTally*> entries) {
    std::sort(entries.begin(), entries.end(),
              [](const PoolTally* a, const PoolTally* b) { return a->span.start > b->span.start; });
    std::map<std::string_view, std::int64_t> seen;  // windows, by pool
    std::map<std::pair<std::string, std::string>, BaselineSum> sums;
    for (const PoolTally* entry : entries) {
        const api::Pool* pool = policy.findPool(entry->pool);
        if (pool == nullptr || pool->window != entry->window) continue;
        std::int64_t& before = seen[pool->name];
        const std::int64_t wanted = kBaselineWindows - before;
        if (wanted <= 0) continue;
        for (const auto& [team, tally] : entry->teams) addNewest(sums[{entry->pool, team}], tally, wanted);
        before += (entry->span.end - entry->span.start) / lengthOf(entry->window) - entry->gaps;
    }
    RecentBaselines means;
    for (const auto& [key, sum] : sums) {
        if (sum.windows == 0) continue;
        means[key] = {api::Tokens{static_cast<std::int64_t>(sum.sum / sum.windows)}, sum.windows};
    }
    return means;
}

Instant nextWindowStart(api::BudgetWindow window, Instant from) {
    const TimeWindow current = windowAt(from, window);
    return current.start == from ? from : current.end;
}

std::vector<PoolTally> closeWindows(const api::Pool& pool, const TimeWindow& span, const ClosedUsage& usage,
                                    const std::function<const Standings&(Instant)>& standingsAt) {
    std::vector<PoolTally> closed;
    const auto reach = usage.reach.find(pool.name);
    if (reach == usage.reach.end() || span.start < reach->second.asked) return closed;
    const Instant end = std::min(span.end, reach->second.until);
    TimeWindow window = windowAt(nextWindowStart(pool.window, span.start), pool.window);
    for (; window.end <= end; window = windowAt(window.end, pool.window)) {
        if (window.start >= reach->second.from && !usage.gaps.contains({pool.name, window.start})) {
            closed.push_back(closeWindow(pool, window, usage, standingsAt(window.start)));
            continue;
        }
        const PoolTally gap{pool.name, pool.window, window, 1, {}};
        if (!closed.empty() && closed.back().gaps > 0) {
            join(closed.back(), gap);
        } else {
            closed.push_back(gap);
        }
    }
    return closed;
}

}  // namespace bursar::treasury
