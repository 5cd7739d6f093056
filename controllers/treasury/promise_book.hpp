// The tokens and rates that approved loans hold of the burst pools, over time. Pure; not thread-safe.
//
// Tokens are held in whole budget windows (a loan gives its tokens in every window it touches), rates only while the
// loan is active. Everything that is asked takes O(log n), however many loans a team has or had.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controllers/treasury/occupancy.hpp"
#include "controllers/treasury/running_sums.hpp"

namespace bursar::treasury {

// One approved loan.
struct Promise {
    std::size_t request = 0;  // index of its request
    std::size_t pool = 0;
    std::size_t team = 0;
    std::string name;    // of the loan
    TimeWindow span;     // when the loan is active
    TimeWindow windows;  // every budget window it touches, from the first one's start to the last one's end
    std::int64_t tokens = 0;
    std::int64_t rate = 0;
    std::int64_t drawn = 0;  // in the current window
    bool ended = false;      // no longer active; its tokens are those it drew
};

// The times of a promise that may be added.
struct PossiblePromise {
    std::size_t pool = 0;
    std::size_t team = 0;
    TimeWindow span;
    TimeWindow windows;
};

// From the start of the first budget window that `span` touches to the end of the last. The end is exclusive: a loan
// that ends at 00:00 does not touch the new day.
TimeWindow windowsTouched(const TimeWindow& span, api::BudgetWindow window);

bool overlaps(const TimeWindow& a, const TimeWindow& b);

class PromiseBook {
  public:
    // Numbers of pools and teams, and the span and the windows of every promise that add() will get.
    PromiseBook(std::size_t pools, std::size_t teams, const std::vector<PossiblePromise>& possible);

    // Its span must not be empty.
    void add(Promise promise);

    // What is held over time: tokens per window by budget windows, tokens per minute and the number of active loans by
    // the loans' own spans. The number of active loans spans all pools of a team.
    [[nodiscard]] const Occupancy& tokens(std::size_t pool) const { return pools_[pool].tokens; }
    [[nodiscard]] const Occupancy& rate(std::size_t pool) const { return pools_[pool].rate; }
    [[nodiscard]] const Occupancy& tokensOf(std::size_t team, std::size_t pool) const;
    [[nodiscard]] const Occupancy& activeOf(std::size_t team) const { return teams_[team].active; }

    // Drawn in the current window by the team's promises in the pool whose spans overlap `span`.
    [[nodiscard]] std::int64_t drawnBeside(std::size_t team, std::size_t pool, const TimeWindow& span) const;

    // The team's approved loans that have not ended.
    [[nodiscard]] int unended(std::size_t team) const { return teams_[team].unended; }

    // The team's promise with the latest end that is not after `at`; null if there is none.
    [[nodiscard]] const Promise* lastBefore(std::size_t team, Instant at) const;
    // The team's promise with the earliest start that is not before `at`; null if there is none.
    [[nodiscard]] const Promise* firstAfter(std::size_t team, Instant at) const;

    [[nodiscard]] const std::vector<Promise>& all() const { return promises_; }

  private:
    struct Pool {
        Occupancy tokens;
        Occupancy rate;
    };
    struct Team {
        Occupancy active;
        int unended = 0;
        std::map<Instant, std::size_t> starts;  // indices into promises_
        std::map<Instant, std::size_t> ends;
    };
    struct TeamInPool {
        Occupancy tokens;
        RunningSums drawnByStart;
        RunningSums drawnByEnd;
    };
    using TeamAndPool = std::pair<std::size_t, std::size_t>;

    std::vector<Pool> pools_;
    std::vector<Team> teams_;
    std::map<TeamAndPool, TeamInPool> teamsInPools_;
    std::vector<Promise> promises_;
};

}  // namespace bursar::treasury
