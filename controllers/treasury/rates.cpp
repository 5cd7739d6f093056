#include "controllers/treasury/rates.hpp"

#include <numeric>

namespace bursar::treasury {
namespace {

std::int64_t rateClaim(const RateRequest& team, std::int64_t distributable, std::int64_t total) {
    if (team.peak) return team.peak->value();
    if (distributable == 0) return 0;
    return static_cast<std::int64_t>(static_cast<api::Wide>(team.grant) * total / distributable);
}

}  // namespace

RateDivision divideRate(const api::Pool& pool, std::int64_t distributable, std::span<const RateRequest> teams) {
    const std::int64_t whole = pool.tokensPerMinute->value();
    RateDivision division;
    division.total = whole - api::percentOf(whole, pool.burstPercent);
    std::vector<std::int64_t> weights;
    division.claims.reserve(teams.size());
    weights.reserve(teams.size());
    for (const RateRequest& team : teams) {
        division.claims.push_back({rateClaim(team, distributable, division.total), 0, team.weight});
        weights.push_back(team.weight);
    }
    division.fairShares = divideFairly(division.total, division.claims).grants;
    division.left =
        division.total - std::accumulate(division.fairShares.begin(), division.fairShares.end(), std::int64_t{0});
    division.extras = divideInProportion(division.left, weights);
    return division;
}

}  // namespace bursar::treasury
