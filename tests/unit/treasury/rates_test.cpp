#include "controllers/treasury/rates.hpp"

#include <catch2/catch.hpp>

#include "controllers/treasury/claims.hpp"
#include "controllers/treasury/forecasting.hpp"

using namespace bursar;
using namespace bursar::treasury;

namespace {

api::Pool poolOf(std::int64_t tokensPerMinute, int burstPercent) {
    api::Pool pool;
    pool.tokensPerMinute = api::TokensPerMinute{tokensPerMinute};
    pool.burstPercent = burstPercent;
    return pool;
}

}  // namespace

TEST_CASE("a rate is divided by peaks, or by shares of the tokens; what remains goes by weight") {
    // R' = 1001 − floor(1001 × 20 / 100) = 801; the second team's claim is floor(300 × 801 / 800) = 300.
    const std::vector<RateRequest> teams = {{api::TokensPerMinute{200}, 500, 100}, {{}, 300, 300}};
    const RateDivision division = divideRate(poolOf(1001, 20), 800, teams);
    CHECK(division.total == 801);
    CHECK(division.claims[0].claim == 200);
    CHECK(division.claims[1].claim == 300);
    CHECK(division.fairShares == std::vector<std::int64_t>{200, 300});
    CHECK(division.left == 301);
    CHECK(division.extras == std::vector<std::int64_t>{75, 226});  // 75.25 and 225.75
    CHECK(division.rateOf(0) == 275);
    CHECK(division.rateOf(1) == 526);
}

TEST_CASE("claims above the rate leave nothing over; a pool without tokens gives no claim but a peak") {
    const std::vector<RateRequest> high = {{api::TokensPerMinute{900}, 0, 100}, {api::TokensPerMinute{900}, 0, 100}};
    const RateDivision division = divideRate(poolOf(101, 0), 0, high);
    CHECK(division.fairShares == std::vector<std::int64_t>{51, 50});
    CHECK(division.left == 0);
    const std::vector<RateRequest> noPeak = {{{}, 0, 100}};
    CHECK(divideRate(poolOf(100, 0), 0, noPeak).claims[0].claim == 0);
    CHECK(divideRate(poolOf(100, 0), 0, {}).extras.empty());
}

TEST_CASE("a claim is raised to its floor, and the floor counts up to the claim") {
    Rationale r;
    r.credibleForecast = 40;
    r.floor = 60;
    CHECK(unboundedClaim(r) == 40);
    CHECK(claimAboveFloor(r) == 60);
    r.claim = 50;  // a ceiling of 50
    r.weight = 3;
    const Claim claim = claimOf(r);
    CHECK(claim.claim == 50);
    CHECK(claim.floor == 50);
    CHECK(claim.weight == 3);
    CHECK(afterHaircut(333, 10) == 299);  // floor(333 × 90 / 100)
}

TEST_CASE("a period weighs half of the one after it") {
    CHECK(weightDivisor(0) == 1);
    CHECK(weightDivisor(3) == 8);
}
