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
    std::uint32_t index;
    bool stops;

    // amount/weight compared without division.
    bool operator<(const Breakpoint& other) const {
        const Wide left = static_cast<Wide>(amount) * other.weight;
        const Wide right = static_cast<Wide>(other.amount) * weight;
        if (left != right) return left < right;
        if (index != other.index) return index < other.index;
        return !stops && other.stops;
    }
};

// Gives `left` more tokens, one each, to the largest remainders.
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
    for (std::uint32_t i = 0; i < claims.size(); ++i) {
        const Claim& claim = claims[i];
        if (claim.claim <= claim.floor) continue;  // never rises
        breakpoints.push_back({claim.floor, claim.weight, i, false});
        breakpoints.push_back({claim.claim, claim.weight, i, true});
    }
    std::sort(breakpoints.begin(), breakpoints.end());
    return breakpoints;
}

// The λ at which the grants add up to `total`, where Σ floors <= total < Σ claims.
Level findLevel(Wide total, Wide floors, std::span<const Claim> claims) {
    Wide fixed = floors;  // what teams at their floor or their claim hold
    Wide rising = 0;      // weight of the teams in between
    for (const Breakpoint& at : breakpointsOf(claims)) {
        const bool reached = fixed * at.weight + rising * at.amount >= total * at.weight;
        if (rising > 0 && reached) break;
        if (at.stops) {
            fixed += at.amount;
            rising -= at.weight;
        } else {
            fixed -= at.amount;
            rising += at.weight;
        }
    }
    return Level{total - fixed, rising};
}

std::vector<std::int64_t> grantsAt(const Level& level, Wide total, std::span<const Claim> claims) {
    std::vector<std::int64_t> grants(claims.size());
    std::vector<std::pair<Wide, std::uint32_t>> remainders;
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
            remainders.emplace_back(share % level.denominator, i);
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
        remainders.emplace_back(share % sum, i);
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
    if (division.level->denominator == 0) {  // nobody can rise: total equals the floors exactly
        division.level = Level{0, 1};
    }
    division.grants = grantsAt(*division.level, total, claims);
    return division;
}

}  // namespace bursar::treasury
