// Division of a pool's tokens per minute among its teams (docs/design.md §3). The rule is that for tokens, with claims
// of its own and without floors and ceilings; the remainder is divided by weight. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/allocation.hpp"

namespace bursar::treasury {

// One team, in the order of team names: that order breaks the ties of rounding.
struct RateRequest {
    std::optional<api::TokensPerMinute> peak;  // the rate the team asked for; absent: its share of the pool's tokens
    std::int64_t grant = 0;                    // g, in tokens per window
    int weight = 100;
};

// Every term for every team, in tokens per minute.
struct RateDivision {
    std::int64_t total = 0;                // R': the pool's rate without the part for loans
    std::vector<Claim> claims;             // the peak, or floor(g × R' / D)
    std::vector<std::int64_t> fairShares;  // of R', by divideFairly()
    std::int64_t left = 0;                 // R' − Σ fair shares
    std::vector<std::int64_t> extras;      // of `left`, in proportion to weight

    [[nodiscard]] std::int64_t rateOf(std::size_t team) const { return fairShares[team] + extras[team]; }
};

// The pool must have a rate. `distributable` is D, the tokens of a window that were divided among the teams.
RateDivision divideRate(const api::Pool& pool, std::int64_t distributable, std::span<const RateRequest> teams);

}  // namespace bursar::treasury
