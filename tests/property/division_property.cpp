// Properties of the division over random claims.
#include <algorithm>
#include <iostream>
#include <numeric>

#include "controllers/treasury/allocation.hpp"
#include "tests/property/holds.hpp"

using namespace bursar;
using namespace bursar::treasury;
using bursar::testing::holds;
using Claims = std::vector<Claim>;

namespace {

// Small amounts make ties and boundaries common; large ones search for overflow.
rc::Gen<std::int64_t> amounts() {
    return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 50), rc::gen::inRange<std::int64_t>(0, 1'000'000),
                          rc::gen::inRange<std::int64_t>(api::kMaxTokens - 1000, api::kMaxTokens + 1));
}

rc::Gen<Claim> claims() {
    return rc::gen::map(
        rc::gen::tuple(amounts(), amounts(), rc::gen::oneOf(rc::gen::inRange(1, 5), rc::gen::inRange(1, 10'001)),
                       rc::gen::arbitrary<bool>()),
        [](const std::tuple<std::int64_t, std::int64_t, int, bool>& t) {
            const auto& [claim, floor, weight, floored] = t;
            return Claim{claim, floored ? std::min(claim, floor) : 0, weight};
        });
}

struct Case {
    std::int64_t total = 0;
    Claims claims;
};

rc::Gen<Case> cases() {
    return rc::gen::map(rc::gen::pair(amounts(), rc::gen::container<Claims>(claims())),
                        [](const std::pair<std::int64_t, Claims>& p) {
                            return Case{p.first, p.second};
                        });
}

// RapidCheck prints a counterexample with it.
[[maybe_unused]] void showValue(const Case& c, std::ostream& out) {
    out << c.total << ":";
    for (const Claim& claim : c.claims)
        out << " (" << claim.claim << " floor " << claim.floor << " w " << claim.weight << ")";
}

api::Wide sumOf(const std::vector<std::int64_t>& values) {
    return std::accumulate(values.begin(), values.end(), api::Wide{0});
}

}  // namespace

TEST_CASE("division: sums are exact and bounds hold") {
    holds("Σ grants = min(total, Σ claims); floor ≤ grant ≤ claim", [] {
        const Case c = *cases();
        const Division division = divideFairly(c.total, c.claims);
        api::Wide sumClaims = 0;
        for (const Claim& claim : c.claims) sumClaims += claim.claim;
        RC_ASSERT(sumOf(division.grants) == std::min<api::Wide>(c.total, sumClaims));
        for (std::size_t i = 0; i < c.claims.size(); ++i) {
            RC_ASSERT(division.grants[i] >= 0);
            RC_ASSERT(division.grants[i] <= c.claims[i].claim);
            RC_ASSERT(division.overcommitted || division.grants[i] >= c.claims[i].floor);
        }
    });
}

TEST_CASE("division: raising only one weight never lowers that grant by more than rounding") {
    holds("a raised weight", [] {
        Case c = *cases();
        RC_PRE(!c.claims.empty());
        const std::size_t i = *rc::gen::inRange<std::size_t>(0, c.claims.size());
        const std::int64_t before = divideFairly(c.total, c.claims).grants[i];
        c.claims[i].weight = *rc::gen::inRange(c.claims[i].weight, 10'001);
        RC_ASSERT(divideFairly(c.total, c.claims).grants[i] >= before - 1);
    });
}

TEST_CASE("division: a new team never raises another's grant by more than rounding") {
    holds("a new team", [] {
        Case c = *cases();
        const Division before = divideFairly(c.total, c.claims);
        c.claims.push_back(*claims());
        const Division after = divideFairly(c.total, c.claims);
        for (std::size_t i = 0; i + 1 < c.claims.size(); ++i) RC_ASSERT(after.grants[i] <= before.grants[i] + 1);
    });
}

TEST_CASE("division: max-min optimal") {
    holds("a team below its claim has, per weight, no less than any team above its floor (up to one token)", [] {
        const Case c = *cases();
        const Division division = divideFairly(c.total, c.claims);
        RC_PRE(!division.overcommitted);
        for (std::size_t i = 0; i < c.claims.size(); ++i) {
            if (division.grants[i] >= c.claims[i].claim) continue;
            for (std::size_t j = 0; j < c.claims.size(); ++j) {
                if (division.grants[j] <= c.claims[j].floor) continue;
                const api::Wide mine = static_cast<api::Wide>(division.grants[i] + 1) * c.claims[j].weight;
                const api::Wide theirs = static_cast<api::Wide>(division.grants[j] - 1) * c.claims[i].weight;
                RC_ASSERT(mine >= theirs);
            }
        }
    });
}

TEST_CASE("proportional division leaves no remainder") {
    holds("Σ = total", [] {
        const auto weights = *rc::gen::container<std::vector<std::int64_t>>(amounts());
        const std::int64_t total = *amounts();
        const auto shares = divideInProportion(total, weights);
        const bool any = std::any_of(weights.begin(), weights.end(), [](std::int64_t w) { return w > 0; });
        RC_ASSERT(sumOf(shares) == (any ? total : 0));
    });
}
