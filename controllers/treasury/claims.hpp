// The claim of a team on a pool, and the bound that set its grant (docs/design.md §3). Amounts are tokens per window.
// Pure.
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

// The terms of a claim, before the division: history, forecast, haircut, weight, bounds and the claim itself.
// `leadership` is the team's entry in `allocation.weights`; null if it has none.
Rationale claimFor(const api::AllocationPolicy& policy, const api::Weight* leadership, api::Tokens forecast,
                   std::optional<std::int64_t> history, int haircutPercent);

// The claim before floor and ceiling: the blend of history and credible forecast, or the latter alone for a new team.
std::int64_t unboundedClaim(const Rationale& rationale);

// The claim after the floor and before the ceiling.
std::int64_t claimAboveFloor(const Rationale& rationale);

// F' = floor(F × (100 − κ) / 100): what is left of a forecast after a haircut of κ percent.
std::int64_t afterHaircut(std::int64_t forecast, int haircutPercent);

// The team's input for divideFairly(). Its floor is at most the claim.
Claim claimOf(const Rationale& rationale);

// The bound that set the grant. `level` is λ of the pool's division; absent if every claim was met.
Bound boundOf(const Rationale& rationale, const std::optional<Level>& level, bool overcommitted);

// The entries of `allocation.weights`, looked up in ascending order of team. The policy must outlive the book.
class WeightBook {
  public:
    explicit WeightBook(const api::AllocationPolicy& policy);

    // One pass over the teams of a pool.
    class Walk {
      public:
        Walk(const WeightBook& book, std::string_view pool)
            : at_(book.entries_.begin()), end_(book.entries_.end()), pool_(pool) {}

        // The team's entry for the pool, or else its entry for all pools; the two are not merged. Null if it has
        // neither. Of two equal entries the first one counts.
        const api::Weight* find(const std::string& team);

      private:
        std::vector<const api::Weight*>::const_iterator at_;
        std::vector<const api::Weight*>::const_iterator end_;
        std::string_view pool_;
    };

  private:
    std::vector<const api::Weight*> entries_;  // sorted by team
};

// The closed periods of a pool's teams, looked up in ascending order of team. The World must outlive the walk.
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
