// What becomes of approved loans when their TeamQuota or their policy goes away, and comes back.
#include <catch2/catch.hpp>

#include "controllers/treasury/lending.hpp"
#include "tests/unit/treasury/loan_worlds.hpp"

using namespace bursar;
using namespace bursar::testing;
using namespace bursar::treasury;
using api::LoanPhase;
using api::Tokens;
using Catch::Matchers::Contains;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// Active on 24 November from 10:00 until the 25th at 14:00.
LoanBuilder overnight(const std::string& name = "loan") {
    return makeLoan("search", name)
        .tokens(150)
        .rate(100)
        .created("2026-11-24T08:00:00Z")
        .from("2026-11-24T10:00:00Z", "2026-11-25T14:00:00Z");
}

LoanOutcome approved(const LoanBuilder& loan) {
    LoanOutcome outcome = decide(worldWith({loan}), at("2026-11-24T08:00:00Z")).loans.at(0).outcome;
    outcome.phase = LoanPhase::Active;
    return outcome;
}

World withoutQuotas(World world) {
    world.quotas.clear();
    return world;
}

World withoutPolicies(World world) {
    world.policies.clear();
    return world;
}

}  // namespace

TEST_CASE("a loan that was returned lends no more when its TeamQuota is back") {
    const LoanBuilder asked = overnight();
    const LoanOutcome gone = outcomeOf(decide(withoutQuotas(worldWith({stored(asked, approved(asked))})), kNow));
    CHECK(gone.phase == LoanPhase::Returned);
    CHECK(gone.effectiveEnd == kNow);
    CHECK_THAT(gone.message, Contains("returned at 2026-11-24T12:00:00Z: spec.teamQuota: there is no TeamQuota"));

    const auto returned = stored(asked, gone);
    World world = worldWith({returned, makeLoan("search", "more")
                                           .tokens(10)
                                           .created("2026-11-24T12:10:00Z")
                                           .from("2026-11-24T13:00:00Z", "2026-11-24T15:00:00Z")});
    world = withRules(std::move(world), [](auto& rules) { rules.cooldown = hours{24}; });
    UsageView& usage = world.usage["main"];
    const ConsumptionKey today{"chat", "search", at("2026-11-24T00:00:00Z")};
    usage.completeUpTo = at("2026-11-24T12:20:00Z");
    usage.consumed[today] = Tokens{110};
    usage.consumedSince[today][at("2026-11-24T10:00:00Z")] = Tokens{60};
    usage.consumedSince[today][at("2026-11-24T12:00:00Z")] = Tokens{50};  // after its return
    const Decisions back = decide(world, at("2026-11-24T12:30:00Z"));
    CHECK(outcomeOf(back).phase == LoanPhase::Returned);
    CHECK(outcomeOf(back).effectiveEnd == kNow);
    CHECK(outcomeOf(back).drawn == Tokens{60});
    CHECK(budgetOf(back).granted == Tokens{460});  // baseline 400 + drawn 60, and no rate
    CHECK(budgetOf(back).tokensPerMinute->value() == 400);
    CHECK(outcomeOf(back, "more").rule == LoanRule::CoolingDown);  // less than 24 h after 12:00
    CHECK(outcomeOf(back, "more").earliestStart == at("2026-11-25T12:00:00Z"));
}

TEST_CASE("a loan whose status says Returned lends no more, whatever end the status gives") {
    const LoanBuilder asked = overnight();
    LoanOutcome outcome = approved(asked);
    outcome.phase = LoanPhase::Returned;  // effectiveEnd: the 25th at 14:00
    World world = worldWith({stored(asked, outcome)});
    const ConsumptionKey tomorrow{"chat", "search", at("2026-11-25T00:00:00Z")};
    const Decisions today = decide(world, kNow);
    CHECK(outcomeOf(today).effectiveEnd == kNow);
    CHECK(budgetOf(today).granted == Tokens{400});
    CHECK(budgetOf(today).tokensPerMinute->value() == 400);
    world.loans = {stored(asked, outcomeOf(today))};
    world.usage["main"].consumed[tomorrow] = Tokens{300};
    world.usage["main"].completeUpTo = at("2026-11-25T10:00:00Z");
    CHECK(budgetOf(decide(world, at("2026-11-25T10:00:00Z"))).granted == Tokens{400});
}

TEST_CASE("what an older loan drew yesterday is not taken from what the younger one draws today") {
    LoanBuilder first = makeLoan("search", "first").tokens(50).created("2026-11-23T08:00:00Z");
    first.from("2026-11-23T10:00:00Z", "2026-11-23T14:00:00Z");
    LoanBuilder second = makeLoan("search", "second").tokens(50).created("2026-11-23T09:00:00Z");
    second.from("2026-11-23T10:00:00Z", "2026-11-24T14:00:00Z");
    LoanOutcome returned;
    returned.phase = LoanPhase::Returned;
    returned.granted = Tokens{50};
    returned.drawn = Tokens{50};
    returned.decidedAt = at("2026-11-23T08:00:00Z");
    returned.effectiveEnd = at("2026-11-23T14:00:00Z");
    LoanOutcome active = returned;
    active.phase = LoanPhase::Active;
    active.drawn = Tokens{};
    active.decidedAt = at("2026-11-23T09:00:00Z");
    World world = worldWith({stored(first, returned), stored(second, active)});
    world = withRules(std::move(world), [](auto& rules) { rules.cooldown = hours{72}; });
    world.usage["main"].consumed[{"chat", "search", at("2026-11-24T00:00:00Z")}] = Tokens{40};
    CHECK(outcomeOf(decide(world, kNow), "second").drawn == Tokens{40});
}

TEST_CASE("a policy that is gone for less than ten minutes changes no loan's fate") {
    const LoanBuilder asked = overnight("active");
    const LoanBuilder ahead = tuesday(20, "search", "ahead");
    const LoanBuilder refused = tuesday(500, "ads", "refused");
    const Decisions before = decide(worldWith({ahead, refused}), at("2026-11-24T08:00:00Z"));
    World world = worldWith({stored(asked, approved(asked)), stored(ahead, outcomeOf(before, "ahead")),
                             stored(refused, outcomeOf(before, "refused"))});
    const Decisions gone = decide(withoutPolicies(world), kNow);
    CHECK(decisionOf(gone, "active").problems.at(0).reason == "PolicyNotFound");
    CHECK(outcomeOf(gone, "active").phase == LoanPhase::Active);
    CHECK(outcomeOf(gone, "active").granted == Tokens{150});
    CHECK(outcomeOf(gone, "active").grantedRate.value() == 100);
    CHECK(outcomeOf(gone, "ahead").phase == LoanPhase::Scheduled);
    CHECK(outcomeOf(gone, "refused").phase == LoanPhase::Denied);
    CHECK(outcomeOf(gone, "refused").rule == LoanRule::OverLoanLimit);
    CHECK(gone.nextChange == kNow + minutes{10});

    // The status then says since when: 12:00. Until 12:10 the loans are what they were.
    const auto missing = [&](const LoanBuilder& loan, const LoanOutcome& outcome) {
        auto made = std::make_shared<api::BurstLoan>(*stored(loan, outcome));
        made->record->policyMissingSince = kNow;
        return std::shared_ptr<const api::BurstLoan>(made);
    };
    world.loans = {missing(asked, outcomeOf(gone, "active")), missing(ahead, outcomeOf(gone, "ahead")),
                   missing(refused, outcomeOf(gone, "refused"))};
    const Decisions still = decide(withoutPolicies(world), kNow + minutes{10} - seconds{1});
    CHECK(outcomeOf(still, "active").phase == LoanPhase::Active);
    CHECK(outcomeOf(still, "ahead").phase == LoanPhase::Scheduled);
    const Decisions back = decide(world, kNow + minutes{10} - seconds{1});
    CHECK(outcomeOf(back, "active").phase == LoanPhase::Active);
    CHECK_THAT(outcomeOf(back, "active").message, Contains("approved: 150 tokens"));
    CHECK(outcomeOf(back, "ahead").phase == LoanPhase::Scheduled);
    CHECK_THAT(outcomeOf(back, "refused").message, Contains("more than one loan may take"));
    CHECK(budgetOf(back).granted == Tokens{550});

    const Decisions over = decide(withoutPolicies(world), kNow + minutes{10});
    CHECK(outcomeOf(over, "active").phase == LoanPhase::Returned);
    CHECK(outcomeOf(over, "active").effectiveEnd == kNow + minutes{10});
    CHECK(outcomeOf(over, "ahead").phase == LoanPhase::Cancelled);
    CHECK_THAT(outcomeOf(over, "ahead").message, Contains("cancelled at 2026-11-24T12:10:00Z: TeamQuota"));
}

TEST_CASE("a loan that ends while its policy is gone is returned then") {
    const LoanBuilder asked = overnight();
    const World world = withoutPolicies(worldWith({stored(asked, approved(asked))}));
    CHECK(decide(world, at("2026-11-25T13:59:00Z")).nextChange == at("2026-11-25T14:00:00Z"));
    const LoanOutcome ended = outcomeOf(decide(world, at("2026-11-25T14:00:00Z")));
    CHECK(ended.phase == LoanPhase::Returned);
    CHECK(ended.message == "returned at 2026-11-25T14:00:00Z");
}

TEST_CASE("consumption is told apart at the times of approved loans alone") {
    const LoanBuilder asked = tuesday(150);
    LoanOutcome outcome = outcomeOf(decide(worldWith({asked}), kNow));
    CHECK(loanCuts(worldWith({stored(asked, outcome)}))["main"][{"chat", "search"}].size() == 2);
    outcome.phase = LoanPhase::Denied;
    CHECK(loanCuts(worldWith({stored(asked, outcome)})).empty());
}
