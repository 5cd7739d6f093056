// The tokens and rates that approved loans hold of the burst pools, over time. Pure; not thread-safe.
//
// Tokens are held in whole budget windows (a loan gives its tokens in every window it touches), rates only while the
// loan is active.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controllers/treasury/occupancy.hpp"

namespace bursar::treasury {

// One approved loan.
struct Promise {
    std::size_t request = 0;  // index of its request
    std::size_t pool = 0;
    std::string team;
    std::string name;    // of the loan
    TimeWindow span;     // when the loan is active
    TimeWindow windows;  // every budget window it touches, from the first one's start to the last one's end
    std::int64_t tokens = 0;
    std::int64_t rate = 0;
    bool ended = false;  // no longer active; its tokens are those it drew
};

// From the start of the first budget window that `span` touches to the end of the last. The end is exclusive: a loan
// that ends at 00:00 does not touch the new day.
TimeWindow windowsTouched(const TimeWindow& span, api::BudgetWindow window);

bool overlaps(const TimeWindow& a, const TimeWindow& b);

class PromiseBook {
  public:
    // `spans`, by pool: the span and the windows of every promise that add() will get.
    explicit PromiseBook(const std::vector<std::vector<TimeWindow>>& spans);

    void add(Promise promise);

    // The most held at one moment of `windows` or `span`: tokens per window, tokens per minute.
    [[nodiscard]] std::int64_t tokensHeld(std::size_t pool, const TimeWindow& windows) const;
    [[nodiscard]] std::int64_t rateHeld(std::size_t pool, const TimeWindow& span) const;
    [[nodiscard]] std::int64_t tokensHeldBy(const std::string& team, std::size_t pool, const TimeWindow& windows) const;
    // The most loans of a team that are active at once within `span`, over all pools.
    [[nodiscard]] std::int64_t activeAtOnce(const std::string& team, const TimeWindow& span) const;

    [[nodiscard]] const std::vector<Promise>& all() const { return promises_; }
    // Indices into all(), in the order they were added.
    [[nodiscard]] const std::vector<std::size_t>& ofTeam(const std::string& team) const;

  private:
    struct Pool {
        Occupancy tokens;
        Occupancy rate;
    };
    std::vector<Pool> pools_;
    std::vector<Promise> promises_;
    std::map<std::string, std::vector<std::size_t>> byTeam_;
};

}  // namespace bursar::treasury
