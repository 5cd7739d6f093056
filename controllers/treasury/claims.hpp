// What a team claims of a pool, and what set its grant (docs/design.md §3). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/allocation.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// The terms of a claim, before anything is divided: history, forecast, haircut, weight, bounds and what they come to.
// `leadership` is the entry of `allocation.weights` for the team, or nullptr.
Rationale claimFor(const api::AllocationPolicy& policy, const api::Weight* leadership, api::Tokens forecast,
                   std::optional<std::int64_t> history, int haircutPercent);

// The claim before floor and ceiling: the blend of history and credible forecast; of a new team the latter alone.
std::int64_t unboundedClaim(const Rationale& rationale);

// The claim after the floor and before the ceiling.
std::int64_t claimAboveFloor(const Rationale& rationale);

// F' = floor(F × (100 − κ) / 100): what is left of a forecast after a haircut of κ percent.
std::int64_t afterHaircut(std::int64_t forecast, int haircutPercent);

// What divideFairly() takes of a team's terms. The floor counts up to the claim.
Claim claimOf(const Rationale& rationale);

// What set the grant: `level` is where the pool's division stopped; absent where every claim was met.
Bound boundOf(const Rationale& rationale, const std::optional<Level>& level, bool overcommitted);

// The entries of `allocation.weights`, asked for team by team in ascending order. The policy must outlive it.
class WeightBook {
  public:
    explicit WeightBook(const api::AllocationPolicy& policy);

    // The entries that say something of a pool's teams.
    class Walk {
      public:
        Walk(const WeightBook& book, std::string_view pool)
            : at_(book.entries_.begin()), end_(book.entries_.end()), pool_(pool) {}

        // The team's entry for the pool, or else the one for all pools, as a whole; nullptr where there is none. Of
        // two for the same the first one listed counts.
        const api::Weight* find(const std::string& team);

      private:
        std::vector<const api::Weight*>::const_iterator at_;
        std::vector<const api::Weight*>::const_iterator end_;
        std::string_view pool_;
    };

  private:
    std::vector<const api::Weight*> entries_;  // sorted by team
};

// The closed periods of a pool's teams, asked for in ascending order. The World must outlive it.
class RecordWalk {
  public:
    RecordWalk(const World& world, const std::string& policy, const std::string& pool);

    std::span<const PeriodRecord> find(const std::string& team);

  private:
    using Records = std::map<RecordKey, std::vector<PeriodRecord>>;
    Records::const_iterator at_;
    Records::const_iterator end_;
};

}  // namespace bursar::treasury
