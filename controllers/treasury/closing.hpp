// What closed budget windows say, and how they fold: windows into days, days into months, months into periods.
//
// Sums instead of means, so that folding in any grouping gives the same and nothing is rounded. A month is the largest
// unit: a quarter is three of them, so a policy that changes its planning period loses no history. Pure.
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

// Sums over closed windows of one team and pool. 128 bits: the 44,640 minute windows of a month, each of 9e15 tokens,
// are beyond 64. Saturates, as Amount does.
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
    TimeWindow span;        // empty where only the place is marked from which windows are to be recorded
    std::int64_t gaps = 0;  // windows whose consumption cannot be had: in no tally
    std::map<std::string, Tally> teams;

    bool operator==(const PoolTally&) const = default;
};

// The calendar month (UTC) an instant lies in.
TimeWindow monthAt(Instant at);

// One entry for each pool, window length and unit: the calendar span `unitAt` puts an entry's start in.
using UnitAt = std::function<TimeWindow(Instant)>;
std::vector<PoolTally> fold(std::vector<PoolTally> entries, const UnitAt& unitAt);

// World.record of one policy: periods that are over and recorded to their end, newest first. What was recorded of pools
// or window lengths the policy does not have now is passed over.
std::map<RecordKey, std::vector<PeriodRecord>> closedPeriods(const api::AllocationPolicy& policy,
                                                             std::span<const PoolTally> entries);

// So many closed windows of a pool the borrowing limit looks back (docs/design.md §3).
inline constexpr std::int64_t kBaselineWindows = 7;

// World.recentBaselines of one policy: the mean over the last kBaselineWindows closed windows of each pool that a team
// had a baseline in. A folded entry that holds more windows than are wanted counts with its mean. `entries` in any
// order; those of pools or window lengths the policy does not have now are passed over.
RecentBaselines recentBaselines(const api::AllocationPolicy& policy, std::vector<const PoolTally*> entries);

// Where what a usage source knows for good of one pool begins and ends.
struct Reach {
    Instant asked;  // windows that begin earlier were not asked for
    Instant from;   // reading began here: earlier windows cannot be had
    Instant until;  // windows that end later are not closed yet
};

// What a usage source knows for good of windows that are over.
struct ClosedUsage {
    struct Line {
        api::Tokens consumed;
        bool refused = false;
    };
    std::map<std::string, Reach> reach;              // by pool
    std::map<ConsumptionKey, Line> lines;            // a team without a line consumed nothing
    std::set<std::pair<std::string, Instant>> gaps;  // pool and start of a window: consumption cannot be had
};

// What a team had in a pool: what a window closes with.
struct Standing {
    api::Tokens forecast;
    api::Tokens baseline;
    Instant since{};  // when its TeamQuota was created

    bool operator==(const Standing&) const = default;
};
using Standings = std::map<std::string, Standing>;  // by team, of one pool

// The start of the first window that does not begin before `from`, which may lie in a window where their length
// changed.
Instant nextWindowStart(api::BudgetWindow window, Instant from);

// The whole windows of `pool` in `span` that are closed, oldest first; a run of gaps is one entry. Nothing where the
// source was not asked for the start of `span`. `standingsAt` answers what stood in the window that starts then; a team
// whose TeamQuota is younger than the window has no tally in it.
std::vector<PoolTally> closeWindows(const api::Pool& pool, const TimeWindow& span, const ClosedUsage& usage,
                                    const std::function<const Standings&(Instant)>& standingsAt);

}  // namespace bursar::treasury
