#include "controllers/treasury/allocation.hpp"

#include <algorithm>
#include <numeric>

namespace bursar::treasury {
namespace {

using api::Wide;

// A level at which one team starts to rise above its floor, or stops at its claim.
struct Breakpoint {
    std::int64_t amount;
    int weight;
    bool stops;

    // Compares amount/weight without division.
    bool operator<(const Breakpoint& other) const {
        return static_cast<Wide>(amount) * other.weight < static_cast<Wide>(other.amount) * weight;
    }
};

// The sum of all grants at a level λ above the breakpoints counted so far: fixed + rising·λ.
struct Slope {
    Wide fixed = 0;   // Σ grants of teams at their floor or their claim
    Wide rising = 0;  // Σ weights of the teams in between

    void pass(const Breakpoint& at) {
        fixed += at.stops ? at.amount : -at.amount;
        rising += at.stops ? -at.weight : at.weight;
    }
    [[nodiscard]] bool reaches(Wide total, const Breakpoint& at) const {
        return fixed * at.weight + rising * at.amount >= total * at.weight;
    }
};

// Gives one of the `left` tokens to each of the largest remainders.
void giveRemainders(std::vector<std::int64_t>& grants, std::vector<std::pair<Wide, std::uint32_t>>& remainders,
                    Wide left) {
    if (left <= 0) return;
    const auto count = static_cast<std::ptrdiff_t>(std::min<Wide>(left, static_cast<Wide>(remainders.size())));
    const auto larger = [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    };
    const auto end = remainders.begin() + count;
    if (end != remainders.end()) std::nth_element(remainders.begin(), end, remainders.end(), larger);
    for (auto it = remainders.begin(); it != end; ++it) ++grants[it->second];
}

std::vector<Breakpoint> breakpointsOf(std::span<const Claim> claims) {
    std::vector<Breakpoint> breakpoints;
    breakpoints.reserve(claims.size() * 2);
    for (const Claim& claim : claims) {
        if (claim.claim <= claim.floor) continue;  // its grant is constant
        breakpoints.push_back({claim.floor, claim.weight, false});
        breakpoints.push_back({claim.claim, claim.weight, true});
    }
    return breakpoints;
}

// The lowest λ at which the grants add up to `total`, for Σ floors <= total < Σ claims. Finds the first breakpoint at
// which they reach the total by repeatedly halving the breakpoints around their median: linear time, unlike sorting.
Level findLevel(Wide total, Wide floors, std::span<const Claim> claims) {
    std::vector<Breakpoint> breakpoints = breakpointsOf(claims);
    Slope slope{floors, 0};
    auto first = breakpoints.begin();
    auto last = breakpoints.end();
    while (first != last) {
        const auto middle = first + (last - first) / 2;
        std::nth_element(first, middle, last);
        Slope below = slope;
        for (auto at = first; at != middle; ++at) below.pass(*at);
        if (below.reaches(total, *middle)) {
            last = middle;
        } else {
            below.pass(*middle);
            slope = below;
            first = middle + 1;
        }
    }
    if (slope.rising == 0) return Level{0, 1};  // Σ floors = total: no grant is above its floor
    return Level{total - slope.fixed, slope.rising};
}

std::vector<std::int64_t> grantsAt(const Level& level, Wide total, std::span<const Claim> claims) {
    std::vector<std::int64_t> grants(claims.size());
    std::vector<std::pair<Wide, std::uint32_t>> remainders;
    remainders.reserve(claims.size());
    Wide given = 0;
    for (std::uint32_t i = 0; i < claims.size(); ++i) {
        const Claim& claim = claims[i];
        const Wide share = level.numerator * claim.weight;  // times 1/denominator
        if (share >= level.denominator * claim.claim) {
            grants[i] = claim.claim;
        } else if (share <= level.denominator * claim.floor) {
            grants[i] = claim.floor;
        } else {
            grants[i] = static_cast<std::int64_t>(share / level.denominator);
            remainders.emplace_back(share - level.denominator * grants[i], i);
        }
        given += grants[i];
    }
    giveRemainders(grants, remainders, total - given);
    return grants;
}

}  // namespace

std::vector<std::int64_t> divideInProportion(std::int64_t total, std::span<const std::int64_t> weights) {
    std::vector<std::int64_t> grants(weights.size());
    const Wide sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
    if (sum == 0) return grants;
    std::vector<std::pair<Wide, std::uint32_t>> remainders;
    remainders.reserve(weights.size());
    Wide given = 0;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
        const Wide share = static_cast<Wide>(weights[i]) * total;  // times 1/sum
        grants[i] = static_cast<std::int64_t>(share / sum);
        remainders.emplace_back(share - sum * grants[i], i);
        given += grants[i];
    }
    giveRemainders(grants, remainders, static_cast<Wide>(total) - given);
    return grants;
}

Division divideFairly(std::int64_t total, std::span<const Claim> claims) {
    Division division;
    Wide sumClaims = 0;
    Wide sumFloors = 0;
    for (const Claim& claim : claims) {
        sumClaims += claim.claim;
        sumFloors += claim.floor;
    }
    if (sumFloors > total) {
        std::vector<std::int64_t> floors;
        floors.reserve(claims.size());
        for (const Claim& claim : claims) floors.push_back(claim.floor);
        division.grants = divideInProportion(total, floors);
        division.overcommitted = true;
        return division;
    }
    if (sumClaims <= total) {
        division.grants.reserve(claims.size());
        for (const Claim& claim : claims) division.grants.push_back(claim.claim);
        return division;
    }
    division.level = findLevel(total, sumFloors, claims);
    division.grants = grantsAt(*division.level, total, claims);
    return division;
}

}  // namespace bursar::treasury
