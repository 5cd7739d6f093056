// Tallies of closed budget windows, and their folding: windows into days, days into months, months into periods.
//
// Sums rather than means: folding in any grouping gives the same result, and nothing is rounded. The largest unit is a
// month. A quarter is three months, so a policy keeps its history when it changes its planning period. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "controllers/treasury/budget_window.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// Sums over closed windows of one team and pool, in tokens. 44,640 minute windows of a month, each of 9e15 tokens,
// exceed 64 bits. Saturates, as Amount does.
struct Tally {
    api::Wide forecast = 0;  // in force at each window's close
    api::Wide baseline = 0;  // granted, without loans
    api::Wide consumed = 0;
    std::int64_t windows = 0;
    std::int64_t refusedWindows = 0;  // the team was refused tokens (429) at least once

    Tally& operator+=(const Tally& other);
    bool operator==(const Tally&) const = default;
};

// Closed windows of one pool, from the start of the first to the end of the last.
struct PoolTally {
    std::string pool;
    api::BudgetWindow window = api::BudgetWindow::Day;
    TimeWindow span;        // empty for an entry that only marks where recording begins
    std::int64_t gaps = 0;  // windows without known consumption; in no tally
    std::map<std::string, Tally> teams;

    bool operator==(const PoolTally&) const = default;
};

// The calendar month (UTC) that contains `at`.
TimeWindow monthAt(Instant at);

// Folds entries of the same pool, window length and unit into one. `unitAt` returns the unit of an entry's start.
using UnitAt = std::function<TimeWindow(Instant)>;
std::vector<PoolTally> fold(std::vector<PoolTally> entries, const UnitAt& unitAt);

// World.record of one policy: periods that are over and recorded to their end, newest first. Skips entries of pools or
// window lengths that the policy no longer has.
std::map<RecordKey, std::vector<PeriodRecord>> closedPeriods(const api::AllocationPolicy& policy,
                                                             std::span<const PoolTally> entries);

// The borrowing limit looks back on so many closed windows of a pool (docs/design.md §3).
inline constexpr std::int64_t kBaselineWindows = 7;

// World.recentBaselines of one policy: by pool and team, the mean baseline over the last kBaselineWindows closed
// windows of the pool. A folded entry with more windows than are needed counts with its mean. `entries` in any order;
// entries of pools or window lengths that the policy does not have now are skipped.
RecentBaselines recentBaselines(const api::AllocationPolicy& policy, std::vector<const PoolTally*> entries);

// The range of final usage of one pool, as a usage source knows it.
struct Reach {
    Instant asked;  // earlier windows were not part of the query
    Instant from;   // the source has no data before: earlier windows cannot be had
    Instant until;  // windows that end later are not closed yet
};

// Final usage of windows that are over, from a usage source.
struct ClosedUsage {
    struct Line {
        api::Tokens consumed;
        bool refused = false;
    };
    std::map<std::string, Reach> reach;              // by pool
    std::map<ConsumptionKey, Line> lines;            // a team without a line consumed nothing
    std::set<std::pair<std::string, Instant>> gaps;  // pool and start of a window without known consumption
};

// A team's forecast and baseline in a pool when a window closes.
struct Standing {
    api::Tokens forecast;
    api::Tokens baseline;
    Instant since{};  // when its TeamQuota was created

    bool operator==(const Standing&) const = default;
};
using Standings = std::map<std::string, Standing>;  // by team, of one pool

// The start of the first window that begins at `from` or later. `from` can lie within a window if the pool's window
// length changed.
Instant nextWindowStart(api::BudgetWindow window, Instant from);

// The closed windows of `pool` that lie in `span`, oldest first; consecutive gaps are one entry. Empty if the source
// did not read the start of `span`. `standingsAt` returns the standings in the window that starts at an instant. A team
// whose TeamQuota is younger than the window has no tally in it.
std::vector<PoolTally> closeWindows(const api::Pool& pool, const TimeWindow& span, const ClosedUsage& usage,
                                    const std::function<const Standings&(Instant)>& standingsAt);

}  // namespace bursar::treasury
