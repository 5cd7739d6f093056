#include "controllers/treasury/decide.hpp"

#include <catch2/catch.hpp>

#include "controllers/api/condition_reasons.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::treasury;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
const Instant kToday = *parseInstant("2026-11-24T00:00:00Z");

const QuotaDecision& quotaOf(const Decisions& decisions, const std::string& ns) {
    for (const auto& quota : decisions.quotas) {
        if (quota.ns == ns) return quota;
    }
    FAIL("no decision for " << ns);
    throw;
}

}  // namespace

TEST_CASE("grants, budgets and sentence of the design's example") {
    World world;
    world.policies = {makePolicy().pool("chat", 424'000'000).quarterly()};
    world.quotas = {makeQuota("search").forecast("chat", 280'000'000),
                    makeQuota("support").forecast("chat", 280'000'000)};
    // claim = (50·200M + 50·280M)/100 = 240M; two claims share 424M: 212M each, level 2.12M per unit of weight
    for (const char* team : {"search", "support"}) {
        world.record[{"main", "chat", team}] = {
            {"2026Q3", api::Wide{200'000'000} * 92, api::Wide{200'000'000} * 92, 92, 0}};
    }
    world.usage["main"].consumed[{"chat", "search", kToday}] = api::Tokens{106'500'000};
    const Decisions decisions = decide(world, kNow);
    const Budget& budget = quotaOf(decisions, "search").budgets.at(0);
    CHECK(budget.granted == api::Tokens{212'000'000});
    CHECK(budget.consumed == api::Tokens{106'500'000});
    CHECK(budget.remaining == api::Tokens{105'500'000});
    CHECK(budget.usedPercent == 50);  // 50.2
    CHECK(budget.span.start == kToday);
    CHECK(budget.rationale.bound == Bound::FairShare);
    CHECK(budget.rationale.sentence ==
          "Granted 212,000,000 a day: claim 240,000,000 (half of last quarter's 200,000,000 and half of the forecast "
          "280,000,000, no haircut), limited by fair share at weight 100 (level 2,120,000).");
    CHECK(decisions.nextChange == kToday + std::chrono::hours{24});
}

TEST_CASE("reserve, unallocated, floors and ceilings") {
    World world;
    world.policies = {makePolicy().pool("chat", 1000, 15).bounds("a", 300, {}).bounds("b", {}, 50)};
    world.quotas = {makeQuota("a").forecast("chat", 100), makeQuota("b").forecast("chat", 100)};
    const Decisions decisions = decide(world, kNow);
    const PoolDecision& pool = decisions.policies.at(0).pools.at(0);
    CHECK(pool.reserve == api::Tokens{150});
    CHECK(pool.distributable == api::Tokens{850});
    CHECK(pool.granted == api::Tokens{350});
    CHECK(pool.unallocated == api::Tokens{500});  // 850 − (300 + 50)
    CHECK(quotaOf(decisions, "a").budgets[0].rationale.bound == Bound::Floor);
    CHECK(quotaOf(decisions, "b").budgets[0].rationale.bound == Bound::Ceiling);
}

TEST_CASE("rates: peaks first, the rest by weight, to the last token") {
    World world;
    world.policies = {makePolicy().pool("chat", 1000).rate(900)};
    world.policies[0] = makePolicy().pool("chat", 1000).rate(900).weight("a", 200);
    world.quotas = {makeQuota("a").forecast("chat", 100).peak(300), makeQuota("b").forecast("chat", 100)};
    const Decisions decisions = decide(world, kNow);
    // b: floor(100·900/1000) = 90; 900 − 390 = 510 left, 340 and 170 by weight
    CHECK(quotaOf(decisions, "a").budgets[0].tokensPerMinute == api::TokensPerMinute{640});
    CHECK(quotaOf(decisions, "b").budgets[0].tokensPerMinute == api::TokensPerMinute{260});
}

TEST_CASE("a haircut is shown under Advisory and applied under Enforced") {
    World world;
    world.quotas = {makeQuota("a").forecast("chat", 100)};
    world.record[{"main", "chat", "a"}] = {{"2026-10", 1000, 600, 10, 0}};  // e = 40 → κ = 50
    world.policies = {makePolicy().pool("chat", 1000)};
    const Rationale advisory = quotaOf(decide(world, kNow), "a").budgets[0].rationale;
    CHECK(advisory.haircutPercent == 0);
    CHECK(advisory.advisoryHaircutPercent == 50);
    CHECK(advisory.claim == 80);  // (50·60 + 50·100)/100
    world.policies = {makePolicy().pool("chat", 1000).enforce(api::Enforcement::Enforced)};
    const Rationale enforced = quotaOf(decide(world, kNow), "a").budgets[0].rationale;
    CHECK(enforced.credibleForecast == 50);
    CHECK(enforced.claim == 55);  // (50·60 + 50·50)/100
}

TEST_CASE("a problem of one TeamQuota is in its decision, and changes no other decision") {
    World world;
    world.policies = {makePolicy().pool("chat", 1000)};
    world.namespaces["labelled"] = {{"bursar.dev/team", "search"}};
    world.quotas = {makeQuota("good").forecast("chat", 100),
                    makeQuota("lost").forecast("chat", 100).policy("nope"),
                    makeQuota("wrong").forecast("chta", 100),
                    makeQuota("search").forecast("chat", 100).ns("labelled").created(5),
                    makeQuota("thief").forecast("chat", 100).ns("other"),
                    makeQuota("twice").forecast("chat", 100).forecast("chat", 900)};
    const Decisions decisions = decide(world, kNow);
    const auto problem = [&](const std::string& ns) { return quotaOf(decisions, ns).problems.at(0); };
    CHECK(quotaOf(decisions, "good").problems.empty());
    CHECK(quotaOf(decisions, "good").budgets.at(0).granted == api::Tokens{100});
    CHECK(quotaOf(decisions, "labelled").budgets.at(0).granted == api::Tokens{100});
    CHECK(problem("lost").reason == api::reason::kPolicyNotFound);
    CHECK(problem("lost").toString() == "spec.policy: there is no AllocationPolicy \"nope\"; name one of: main");
    CHECK(problem("wrong").reason == api::reason::kUnknownPool);
    CHECK(problem("wrong").toString() ==
          "spec.requests[0].pool: AllocationPolicy \"main\" has no pool \"chta\"; name one of: chat");
    CHECK(problem("other").reason == api::reason::kTeamNotAllowed);
    CHECK(problem("twice").reason == api::reason::kDuplicateRequest);
    CHECK(quotaOf(decisions, "twice").budgets.at(0).granted == api::Tokens{100});
}

TEST_CASE("a team claimed twice goes to the older TeamQuota") {
    World world;
    world.policies = {makePolicy().pool("chat", 1000)};
    world.namespaces["one"] = {{"bursar.dev/team", "search"}};
    world.namespaces["two"] = {{"bursar.dev/team", "search"}};
    world.quotas = {makeQuota("search").forecast("chat", 100).ns("one").created(20),
                    makeQuota("search").forecast("chat", 200).ns("two").created(10)};
    const Decisions decisions = decide(world, kNow);
    CHECK(quotaOf(decisions, "two").budgets.at(0).granted == api::Tokens{200});
    CHECK(quotaOf(decisions, "one").budgets.empty());
    CHECK(quotaOf(decisions, "one").problems.at(0).reason == api::reason::kDuplicateTeam);
    CHECK(decisions.policies.at(0).limits.size() == 1);
}

TEST_CASE(
    "of two TeamQuotas created in the same second, the first by namespace and name has the team until it is deleted") {
    World world;
    world.policies = {makePolicy().pool("chat", 1000)};
    world.namespaces["one"] = {{"bursar.dev/team", "search"}};
    world.namespaces["two"] = {{"bursar.dev/team", "search"}};
    const auto claimOf = [](const char* ns, int forecast) {
        return makeQuota("search").forecast("chat", forecast).ns(ns).created(10);
    };
    for (const bool listedFirst : {true, false}) {  // in either order of the list
        world.quotas = {claimOf("one", 100), claimOf("two", 200)};
        if (listedFirst) std::reverse(world.quotas.begin(), world.quotas.end());
        const Decisions decisions = decide(world, kNow);
        CHECK(quotaOf(decisions, "one").budgets.at(0).granted == api::Tokens{100});
        CHECK(quotaOf(decisions, "two").problems.at(0).reason == api::reason::kDuplicateTeam);
        CHECK_THAT(quotaOf(decisions, "two").problems.at(0).message, Catch::Matchers::Contains("one/quota"));
    }
    world.quotas = {claimOf("two", 200)};
    const Decisions after = decide(world, kNow);
    CHECK(quotaOf(after, "two").budgets.at(0).granted == api::Tokens{200});
    CHECK(quotaOf(after, "two").problems.empty());
}

TEST_CASE("a policy that cannot be used decides nothing and says so") {
    World world;
    auto policy = makePolicy().pool("chat", 1000);
    policy.raw().errors.push_back({"spec.pools", "is odd"});
    world.policies = {policy};
    world.quotas = {makeQuota("a").forecast("chat", 100)};
    const Decisions decisions = decide(world, kNow);
    CHECK(decisions.policies.at(0).problems.at(0).reason == api::reason::kInvalidSpec);
    CHECK(decisions.policies.at(0).limits.empty());
    CHECK(quotaOf(decisions, "a").problems.at(0).reason == api::reason::kPolicyInvalid);
}

TEST_CASE("windows are aligned to UTC") {
    CHECK(windowAt(kNow, api::BudgetWindow::Hour).start == *parseInstant("2026-11-24T13:00:00Z"));
    CHECK(windowAt(kNow, api::BudgetWindow::Minute).end == *parseInstant("2026-11-24T13:31:00Z"));
    CHECK(windowAt(*parseInstant("2026-11-25T00:00:00Z"), api::BudgetWindow::Day).start ==
          *parseInstant("2026-11-25T00:00:00Z"));
}
