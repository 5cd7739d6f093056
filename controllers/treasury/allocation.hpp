// Weighted max-min fair division of a pool among claims, exact in whole tokens (docs/design.md §3).
//
// Pure. Amounts are 0 … 9e15 tokens, weights 1 … 10,000, up to 100,000 claims; every product fits 128 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "controllers/api/tokens.hpp"

namespace bursar::treasury {

// One team's claim. Callers give claims in the order of team names: the order breaks ties in rounding.
struct Claim {
    std::int64_t claim = 0;  // tokens; the grant is at most this
    std::int64_t floor = 0;  // tokens, at most `claim`; the grant is at least this if the floors fit
    int weight = 100;
};

// The water level λ = numerator / denominator, in tokens per unit of weight.
struct Level {
    api::Wide numerator = 0;
    api::Wide denominator = 1;

    [[nodiscard]] std::int64_t whole() const { return static_cast<std::int64_t>(numerator / denominator); }
};

struct Division {
    std::vector<std::int64_t> grants;  // tokens, one for each claim; Σ = min(total, Σ claims)
    std::optional<Level> level;        // absent if every claim was met, or if overcommitted
    bool overcommitted = false;        // Σ floors > total: the floors were scaled down
};

// g(λ) = min(claim, max(floor, λ·weight)) with the λ for which Σ g = min(total, Σ claims); whole tokens by largest
// remainder, ties by order.
Division divideFairly(std::int64_t total, std::span<const Claim> claims);

// Divides `total` in proportion to `weights` by largest remainder, ties by order. Σ = total, or 0 if all weights are 0.
std::vector<std::int64_t> divideInProportion(std::int64_t total, std::span<const std::int64_t> weights);

}  // namespace bursar::treasury
