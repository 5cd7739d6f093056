// Claims, grants and their bounds, through decide(). Worked by hand from §3, with the arithmetic beside each number.
#include <catch2/catch.hpp>

#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::treasury;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using bursar::testing::PolicyBuilder;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
using Bounds = std::optional<std::int64_t>;

struct Team {
    std::int64_t forecast = 0;
    Bounds history;
    Bounds floor;
    Bounds ceiling;
    int weight = 100;
};

struct Wanted {
    std::int64_t claim;
    std::int64_t grant;
    Bound bound;
};

struct Case {
    const char* says;
    std::int64_t distributable;
    int historyPercent;
    std::vector<Team> teams;
    std::vector<Wanted> wanted;
    Bounds level;
};

// The teams are named a, b, c, … in their order.
World worldOf(PolicyBuilder policy, const std::vector<Team>& teams) {
    World world;
    for (std::size_t i = 0; i < teams.size(); ++i) {
        const std::string name(1, static_cast<char>('a' + i));
        const Team& team = teams[i];
        world.quotas.push_back(makeQuota(name).forecast("chat", team.forecast));
        policy.bounds(name, team.floor, team.ceiling);
        policy.raw().weights.back().weight = team.weight;
        if (team.history) world.record[{"main", "chat", name}] = {{"2026-10", *team.history, *team.history, 1, 0}};
    }
    world.policies = {policy};
    return world;
}

void check(const Case& c) {
    INFO(c.says);
    PolicyBuilder policy = makePolicy().pool("chat", c.distributable);
    policy.raw().historyPercent = c.historyPercent;
    const Decisions decisions = decide(worldOf(policy, c.teams), kNow);
    const PoolDecision& pool = decisions.policies.at(0).pools.at(0);
    CHECK(pool.level == c.level);
    REQUIRE(decisions.quotas.size() == c.wanted.size());
    for (std::size_t i = 0; i < c.wanted.size(); ++i) {
        CAPTURE(i);
        const Rationale& r = decisions.quotas[i].budgets.at(0).rationale;
        CHECK(r.claim == c.wanted[i].claim);
        CHECK(r.grant == c.wanted[i].grant);
        CHECK(toString(r.bound) == toString(c.wanted[i].bound));
    }
}

}  // namespace

TEST_CASE("claims from history and forecast") {
    const Case cases[] = {
        // (50·60 + 50·101)/100 = 80.5, rounded down
        {"half and half", 1000, 50, {{101, 60, {}, {}}}, {{80, 80, Bound::Claim}}, {}},
        // (30·60 + 70·100)/100 = 88
        {"three tenths of history", 1000, 30, {{100, 60, {}, {}}}, {{88, 88, Bound::Claim}}, {}},
        {"the forecast alone", 1000, 0, {{100, 60, {}, {}}}, {{100, 100, Bound::Claim}}, {}},
        {"history alone", 1000, 100, {{100, 60, {}, {}}}, {{60, 60, Bound::Claim}}, {}},
        {"a new team has only its forecast", 1000, 100, {{100, {}, {}, {}}}, {{100, 100, Bound::Claim}}, {}},
        // (50·0 + 50·100)/100 = 50: a team that used nothing is not new
        {"a history of zero counts", 1000, 50, {{100, 0, {}, {}}}, {{50, 50, Bound::Claim}}, {}},
    };
    for (const Case& c : cases) check(c);
}

TEST_CASE("floors and ceilings set claims, and the grant says so") {
    const Case cases[] = {
        {"a floor above the claim", 1000, 50, {{100, 60, 90, {}}}, {{90, 90, Bound::Floor}}, {}},
        {"a floor below the claim", 1000, 50, {{100, 60, 70, {}}}, {{80, 80, Bound::Claim}}, {}},
        {"a floor at the claim sets nothing", 1000, 50, {{100, 60, 80, {}}}, {{80, 80, Bound::Claim}}, {}},
        {"a ceiling below the claim", 1000, 50, {{100, 60, {}, 70}}, {{70, 70, Bound::Ceiling}}, {}},
        {"a ceiling at the claim sets nothing", 1000, 50, {{100, 60, {}, 80}}, {{80, 80, Bound::Claim}}, {}},
        {"floor and ceiling at one amount above", 1000, 50, {{100, 60, 90, 90}}, {{90, 90, Bound::Floor}}, {}},
        {"floor and ceiling at one amount below", 1000, 50, {{100, 60, 70, 70}}, {{70, 70, Bound::Ceiling}}, {}},
    };
    for (const Case& c : cases) check(c);
}

TEST_CASE("shares below the claim, and the level they stop at") {
    const Case cases[] = {
        // b gets its claim of 20; 80 are left for a and c: 40 each, λ = 40/100
        {"the small claim is met",
         100,
         0,
         {{90, {}, {}, {}}, {20, {}, {}, {}}, {90, {}, {}, {}}},
         {{90, 40, Bound::FairShare}, {20, 20, Bound::Claim}, {90, 40, Bound::FairShare}},
         0},
        // λ·(300 + 100) = 1000: λ = 2.5, shown as 2; 750 and 250
        {"weights count",
         1000,
         0,
         {{900, {}, {}, {}, 300}, {900, {}, {}, {}}},
         {{900, 750, Bound::FairShare}, {900, 250, Bound::FairShare}},
         2},
        // a holds 50 by its floor, 50 left for b and c: 25 each; without the floor a would have 33
        {"a floor holds a team up",
         100,
         0,
         {{60, {}, 50, {}}, {60, {}, {}, {}}, {60, {}, {}, {}}},
         {{60, 50, Bound::Floor}, {60, 25, Bound::FairShare}, {60, 25, Bound::FairShare}},
         0},
        // 100/3 = 33⅓ each, the odd token to a; b's share of 33⅓ rounds to its floor, so the floor is not its bound
        {"a fair share that rounds to the floor is a fair share",
         100,
         0,
         {{60, {}, {}, {}}, {60, {}, 33, {}}, {60, {}, {}, {}}},
         {{60, 34, Bound::FairShare}, {60, 33, Bound::FairShare}, {60, 33, Bound::FairShare}},
         0},
        // Σ floors = the pool: λ = 0
        {"floors that fill the pool leave nothing",
         100,
         0,
         {{80, {}, 60, {}}, {80, {}, 40, {}}, {50, {}, {}, {}}},
         {{80, 60, Bound::Floor}, {80, 40, Bound::Floor}, {50, 0, Bound::FairShare}},
         0},
        // c stops at its ceiling 10; 90 left: 45 each
        {"a ceiling leaves more for others",
         100,
         0,
         {{90, {}, {}, {}}, {90, {}, {}, {}}, {90, {}, {}, 10}},
         {{90, 45, Bound::FairShare}, {90, 45, Bound::FairShare}, {10, 10, Bound::Ceiling}},
         0},
        // floors 60 + 90 = 150 > 100: 60·100/150 = 40, 90·100/150 = 60, nothing for c
        {"floors beyond the pool are scaled down",
         100,
         0,
         {{80, {}, 60, {}}, {95, {}, 90, {}}, {50, {}, {}, {}}},
         {{80, 40, Bound::Overcommitted}, {95, 60, Bound::Overcommitted}, {50, 0, Bound::Overcommitted}},
         {}},
        // 10·7/15 = 4⅔, 5·7/15 = 2⅓: the odd token goes to the larger fraction
        {"scaled floors round by largest remainder",
         7,
         0,
         {{5, {}, 5, {}}, {10, {}, 10, {}}},
         {{5, 2, Bound::Overcommitted}, {10, 5, Bound::Overcommitted}},
         {}},
        // 10/4 = 2½ each: the two odd tokens go to a and b by name
        {"ties go by name",
         10,
         0,
         {{9, {}, {}, {}}, {9, {}, {}, {}}, {9, {}, {}, {}}, {9, {}, {}, {}}},
         {{9, 3, Bound::FairShare}, {9, 3, Bound::FairShare}, {9, 2, Bound::FairShare}, {9, 2, Bound::FairShare}},
         0},
        {"a pool of nothing",
         0,
         0,
         {{90, {}, {}, {}}, {0, {}, {}, {}}},
         {{90, 0, Bound::FairShare}, {0, 0, Bound::Claim}},
         0},
    };
    for (const Case& c : cases) check(c);
}

TEST_CASE("the reserve, and unallocated tokens that are lent or held") {
    for (const auto unallocated : {api::Unallocated::BurstPool, api::Unallocated::Hold}) {
        PolicyBuilder policy = makePolicy().pool("chat", 999, 15);
        policy.raw().pools[0].unallocated = unallocated;
        const Decisions decisions = decide(worldOf(policy, {{300, {}, {}, {}}, {200, {}, {}, {}}}), kNow);
        const PoolDecision& pool = decisions.policies.at(0).pools.at(0);
        CHECK(pool.reserve == api::Tokens{149});        // floor(999·15/100) = floor(149.85)
        CHECK(pool.distributable == api::Tokens{850});  // 999 − 149
        CHECK(pool.unallocated == api::Tokens{350});    // 850 − 500
        // 149 + 350 can be lent, or 149 if the rest is held
        CHECK(pool.free == api::Tokens{unallocated == api::Unallocated::Hold ? 149 : 499});
    }
}

TEST_CASE("the entry for the pool replaces the one for all pools") {
    PolicyBuilder policy = makePolicy().pool("chat", 1000);
    policy.raw().weights = {{"a", "", 300, api::Tokens{50}, {}}, {"a", "chat", {}, {}, api::Tokens{40}}};
    World world;
    world.policies = {policy};
    world.quotas = {makeQuota("a").forecast("chat", 100)};
    const Rationale r = decide(world, kNow).quotas.at(0).budgets.at(0).rationale;
    CHECK(r.weight == 100);  // the default, not the general entry's 300
    CHECK(r.floor == std::nullopt);
    CHECK(r.grant == 40);
}

namespace {

struct RateCase {
    const char* says;
    std::int64_t rate;
    int burstPercent;
    std::vector<Bounds> peaks;
    std::vector<std::int64_t> forecasts;
    std::vector<int> weights;
    std::vector<std::int64_t> wanted;
};

}  // namespace

TEST_CASE("the rate: peaks or grants as claims, the rest by weight, to the last token") {
    const RateCase cases[] = {
        // a 300, b floor(100·900/1000) = 90; 510 left by 200:100 is 340 and 170
        {"one peak, one share", 900, 0, {300, {}}, {100, 100}, {200, 100}, {640, 260}},
        // no peaks: 500·900/1000 = 450 and floor(333·0.9) = 299; 151 left is 76 (the odd one by name) and 75
        {"no peaks", 900, 0, {{}, {}}, {500, 333}, {100, 100}, {526, 374}},
        // 900 − 135 = 765 to give (burst 15 %), peaks ask for 5000: 382½ each
        {"peaks beyond the rate", 900, 15, {5000, 5000}, {100, 100}, {100, 100}, {383, 382}},
        // b's peak is met at 100, a's 5000 gets the rest: no team's peak takes another's rate
        {"a small peak is met first", 900, 0, {5000, 100}, {100, 100}, {100, 100}, {800, 100}},
        // no team asks for any: by weight 300:100
        {"nothing asked", 900, 0, {0, 0}, {0, 0}, {300, 100}, {675, 225}},
        {"a rate of nothing", 0, 0, {100, {}}, {100, 100}, {100, 100}, {0, 0}},
    };
    for (const RateCase& c : cases) {
        INFO(c.says);
        PolicyBuilder policy = makePolicy().pool("chat", 1000).rate(c.rate);
        policy.raw().pools[0].burstPercent = c.burstPercent;
        World world;
        for (std::size_t i = 0; i < c.peaks.size(); ++i) {
            const std::string name(1, static_cast<char>('a' + i));
            policy.weight(name, c.weights[i]);
            auto quota = makeQuota(name).forecast("chat", c.forecasts[i]);
            if (c.peaks[i]) quota.peak(*c.peaks[i]);
            world.quotas.push_back(quota);
        }
        world.policies = {policy};
        const Decisions decisions = decide(world, kNow);
        for (std::size_t i = 0; i < c.wanted.size(); ++i) {
            CAPTURE(i);
            CHECK(decisions.quotas[i].budgets.at(0).tokensPerMinute == api::TokensPerMinute{c.wanted[i]});
        }
    }
}
