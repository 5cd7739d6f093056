#include "controllers/treasury/borrowing.hpp"

#include <catch2/catch.hpp>

#include "controllers/api/condition_reasons.hpp"
#include "tests/unit/treasury/loan_worlds.hpp"

using namespace bursar;
using namespace bursar::testing;
using namespace bursar::treasury;
using api::LoanPhase;
using api::Tokens;
using Catch::Matchers::Contains;

TEST_CASE("a loan within the rules is scheduled, and moves no baseline") {
    const Decisions before = decide(worldWith({}), kNow);
    const Decisions after = decide(worldWith({tuesday(150).rate(100)}), kNow);
    const LoanOutcome loan = outcomeOf(after);
    CHECK(loan.phase == LoanPhase::Scheduled);
    CHECK(loan.granted == Tokens{150});
    CHECK_THAT(loan.message, Contains("approved: 150 tokens from 2026-12-01T00:00:00Z until 2026-12-02T00:00:00Z"));
    for (const char* team : {"search", "ads"}) CHECK(budgetOf(after, team).baseline == budgetOf(before, team).baseline);
    CHECK(budgetOf(after).loaned == Tokens{0});
    CHECK(after.policies[0].pools[0].nextChanges.size() == 2);
    CHECK(after.policies[0].pools[0].nextChanges[0].at == at("2026-12-01T00:00:00Z"));
}

TEST_CASE("each rule, in order, with what would be approved instead") {
    CHECK(ruleOf(tuesday(150)) == LoanRule::None);
    CHECK(ruleOf(tuesday(150).from("2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z")) == LoanRule::InvalidInterval);
    CHECK(ruleOf(tuesday(150).from("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")) == LoanRule::InvalidInterval);
    CHECK(ruleOf(tuesday(150).because("please")) == LoanRule::ReasonTooShort);
    CHECK(ruleOf(tuesday(150).because("äöüäöüäöüä")) == LoanRule::ReasonTooShort);  // 10 characters, 20 bytes
    CHECK(ruleOf(tuesday(150).from("2026-12-01T00:00:00Z", "2036-12-01T00:00:00Z")) == LoanRule::TooLong);
    CHECK(ruleOf(tuesday(150), [](auto& b) { b.minNotice = std::chrono::hours{24 * 8}; }) == LoanRule::TooLittleNotice);
    CHECK(ruleOf(tuesday(150), [](auto& b) { b.maxPercentOfPool = 50; }) == LoanRule::OverLoanLimit);
    CHECK(ruleOf(tuesday(150), [](auto& b) { b.maxPercentOfGrant = 30; }) == LoanRule::OverBorrowingLimit);
    CHECK(ruleOf(tuesday(150).rate(201)) == LoanRule::PoolExhausted);  // 20 % of 1,000 a minute is kept for loans
    CHECK(ruleOf(tuesday(150).rate(200)) == LoanRule::None);
}

TEST_CASE("a denial names the largest amount and the earliest start, and both are then approved") {
    const World first =
        worldWith({tuesday(150, "ads", "first"), tuesday(120, "search", "second").created("2026-11-24T09:00:00Z")});
    const Decisions decisions = decide(first, kNow);
    const LoanOutcome denied = outcomeOf(decisions, "second");
    CHECK(denied.phase == LoanPhase::Denied);
    CHECK(denied.rule == LoanRule::PoolExhausted);
    CHECK(denied.largestApprovable == Tokens{50});
    CHECK(denied.earliestStart == at("2026-12-02T00:00:00Z"));
    const auto retry = [&](LoanBuilder loan) {
        World world = first;
        world.loans[1] = loan.created("2026-11-24T09:00:00Z");
        return outcomeOf(decide(world, kNow), "second").phase;
    };
    CHECK(retry(tuesday(50, "search", "second")) == LoanPhase::Scheduled);
    CHECK(retry(tuesday(51, "search", "second")) == LoanPhase::Denied);
    CHECK(retry(tuesday(120, "search", "second").from("2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z")) ==
          LoanPhase::Scheduled);
    CHECK(retry(tuesday(120, "search", "second").from("2026-12-01T23:59:59Z", "2026-12-02T23:59:59Z")) ==
          LoanPhase::Denied);
}

TEST_CASE("acceptPartial grants the largest amount that breaks no rule") {
    const Decisions decisions =
        decide(worldWith({tuesday(150, "ads", "first"),
                          tuesday(120, "search", "second").partial().created("2026-11-24T09:00:00Z")}),
               kNow);
    CHECK(outcomeOf(decisions, "second").phase == LoanPhase::Scheduled);
    CHECK(outcomeOf(decisions, "second").granted == Tokens{50});
    CHECK_THAT(outcomeOf(decisions, "second").message, Contains("50 tokens of the 120 asked for"));
}

TEST_CASE("one active loan a team, and a pause after it") {
    const auto second = [](const char* start, const char* end) {
        return tuesday(10, "search", "second").from(start, end).created("2026-11-24T09:00:00Z");
    };
    World world = worldWith({tuesday(10, "search", "first"), second("2026-12-01T12:00:00Z", "2026-12-01T13:00:00Z")});
    CHECK(outcomeOf(decide(world, kNow), "second").rule == LoanRule::TooManyActive);
    CHECK(outcomeOf(decide(world, kNow), "second").earliestStart == at("2026-12-02T00:00:00Z"));
    auto policy = *world.policies[0];
    policy.borrowing.cooldown = std::chrono::hours{24};
    world.policies = {std::make_shared<api::AllocationPolicy>(policy)};
    world.loans[1] = second("2026-12-02T12:00:00Z", "2026-12-02T13:00:00Z");
    const Decisions decisions = decide(world, kNow);
    CHECK(outcomeOf(decisions, "second").rule == LoanRule::CoolingDown);
    CHECK(outcomeOf(decisions, "second").earliestStart == at("2026-12-03T00:00:00Z"));
}

TEST_CASE("a promise is never lost to an older request that the operator sees later") {
    const Decisions first = decide(worldWith({tuesday(150, "ads", "promised")}), kNow);
    const auto promised = stored(tuesday(150, "ads", "promised"), outcomeOf(first, "promised"));
    const Decisions later =
        decide(worldWith({promised, tuesday(150, "search", "older").created("2026-11-01T00:00:00Z")}), kNow);
    CHECK(outcomeOf(later, "promised").phase == LoanPhase::Scheduled);
    CHECK(outcomeOf(later, "older").phase == LoanPhase::Denied);
}

TEST_CASE("start, draw and end within one window: the loan pays for the event, and the baseline is kept") {
    const LoanBuilder asked = makeLoan("search")
                                  .tokens(150)
                                  .rate(100)
                                  .created("2026-11-24T08:00:00Z")
                                  .from("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z");
    const auto loan = stored(asked, outcomeOf(decide(worldWith({asked}), at("2026-11-24T08:00:00Z"))));
    const Instant day = at("2026-11-24T00:00:00Z");
    const auto decided = [&](const char* now, std::int64_t before, std::int64_t during, std::int64_t after,
                             const char* readUpTo = "2026-11-24T23:00:00Z") {
        World world = worldWith({loan});
        world.usage["main"].completeUpTo = at(readUpTo);
        world.usage["main"].consumed[{"chat", "search", day}] = Tokens{before + during + after};
        if (during > 0)
            world.usage["main"].consumedSince[{"chat", "search", day}][at("2026-11-24T10:00:00Z")] = Tokens{during};
        if (after > 0)
            world.usage["main"].consumedSince[{"chat", "search", day}][at("2026-11-24T14:00:00Z")] = Tokens{after};
        return decide(world, at(now));
    };
    const Decisions morning = decided("2026-11-24T09:59:59Z", 300, 0, 0);
    CHECK(budgetOf(morning).granted == Tokens{400});
    CHECK(morning.nextChange == at("2026-11-24T10:00:00Z"));

    const Decisions noon = decided("2026-11-24T12:00:00Z", 300, 90, 0);
    CHECK(outcomeOf(noon).phase == LoanPhase::Active);
    CHECK(outcomeOf(noon).drawn == Tokens{90});
    CHECK(budgetOf(noon).granted == Tokens{550});
    CHECK(budgetOf(noon).remaining == Tokens{160});
    CHECK(budgetOf(noon).tokensPerMinute->value() == budgetOf(morning).tokensPerMinute->value() + 100);
    CHECK(noon.policies[0].pools[0].loans.lent == Tokens{150});
    CHECK(noon.policies[0].pools[0].free == Tokens{50});
    CHECK(noon.nextChange == at("2026-11-24T14:00:00Z"));

    const Decisions ended = decided("2026-11-24T14:00:00Z", 300, 90, 0);
    CHECK(outcomeOf(ended).phase == LoanPhase::Returned);
    CHECK(budgetOf(ended).granted == Tokens{490});          // baseline 400 + drawn 90
    CHECK(budgetOf(ended).remaining == Tokens{100});        // of the baseline, as before the loan
    CHECK(ended.policies[0].pools[0].free == Tokens{110});  // undrawn tokens can be lent again at once
    CHECK(budgetOf(ended).tokensPerMinute->value() == budgetOf(morning).tokensPerMinute->value());

    // Until usage is known up to the loan's end, the rest is not lent.
    const Decisions unsettled = decided("2026-11-24T14:00:00Z", 300, 80, 0, "2026-11-24T13:59:58Z");
    CHECK(budgetOf(unsettled).granted == Tokens{480});
    CHECK(unsettled.policies[0].pools[0].free == Tokens{50});
    CHECK(unsettled.policies[0].pools[0].loans.drawn == Tokens{80});

    const Decisions evening = decided("2026-11-24T20:00:00Z", 300, 90, 60);
    CHECK(outcomeOf(evening).drawn == Tokens{90});
    CHECK(budgetOf(evening).remaining == Tokens{40});

    const Decisions drawnOut = decided("2026-11-24T12:00:00Z", 300, 200, 0);
    CHECK(outcomeOf(drawnOut).drawn == Tokens{150});  // use beyond the loan is use of the baseline

    const Decisions nextDay = decided("2026-11-25T01:00:00Z", 300, 90, 60);
    CHECK(budgetOf(nextDay).granted == Tokens{400});
}

TEST_CASE("over midnight a loan gives its tokens in each window it touches") {
    const LoanBuilder asked = makeLoan("search")
                                  .tokens(150)
                                  .created("2026-11-24T08:00:00Z")
                                  .from("2026-11-24T10:00:00Z", "2026-11-25T14:00:00Z");
    const auto loan = stored(asked, outcomeOf(decide(worldWith({asked}), at("2026-11-24T08:00:00Z"))));
    World world = worldWith({loan});
    const Instant second = at("2026-11-25T00:00:00Z");
    world.usage["main"].consumed[{"chat", "search", second}] = Tokens{70};  // all while the loan was active
    const Decisions decisions = decide(world, at("2026-11-25T08:00:00Z"));
    CHECK(outcomeOf(decisions).drawn == Tokens{70});
    CHECK(budgetOf(decisions).granted == Tokens{550});
}

TEST_CASE("if the pool shrinks below what is promised, the newest loans are curtailed, and their messages say so") {
    const Decisions first = decide(worldWith({tuesday(100, "ads", "old")}), kNow);
    const auto old = stored(tuesday(100, "ads", "old"), outcomeOf(first, "old"));
    const Decisions second = decide(worldWith({old, tuesday(90, "search", "new")}), kNow + std::chrono::hours{1});
    const auto recent = stored(tuesday(90, "search", "new"), outcomeOf(second, "new"));
    // 600 tokens, of which 120 can be lent. Both teams get less as well, because of the policy.
    const Decisions shrunk = decide(worldWith({old, recent}, 600), kNow + std::chrono::hours{2});
    CHECK(outcomeOf(shrunk, "old").granted == Tokens{100});
    CHECK(outcomeOf(shrunk, "new").granted == Tokens{20});
    CHECK(outcomeOf(shrunk, "new").curtailed == Tokens{70});
    CHECK_THAT(outcomeOf(shrunk, "new").message, Contains("curtailed by 70 to 20 tokens"));
}

TEST_CASE("if the pool shrinks below what was drawn, the limits still fit the capacity") {
    const LoanBuilder asked = makeLoan("search")
                                  .tokens(200)
                                  .created("2026-11-24T08:00:00Z")
                                  .from("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z");
    const LoanOutcome approved = outcomeOf(decide(worldWith({asked}), at("2026-11-24T08:00:00Z")));
    for (const char* now : {"2026-11-24T12:00:00Z", "2026-11-24T15:00:00Z"}) {
        World shrunk = worldWith({stored(asked, approved)}, 500);  // 100 can be lent, 190 are drawn
        shrunk.usage["main"].completeUpTo = at(now);
        shrunk.usage["main"].consumed[{"chat", "search", at("2026-11-24T00:00:00Z")}] = Tokens{190};
        shrunk.usage["main"].consumedSince[{"chat", "search", at("2026-11-24T00:00:00Z")}][at("2026-11-24T10:00:00Z")] =
            Tokens{190};
        const Decisions decisions = decide(shrunk, at(now));
        std::int64_t limits = 0;
        for (const Limit& limit : decisions.policies[0].limits) limits += limit.tokensPerWindow.value();
        INFO(now);
        CHECK(limits == 500);
        CHECK(budgetOf(decisions).loaned == Tokens{100});
    }
}

TEST_CASE("the advice of a denial is computed again until its start, and constant after that") {
    const World first =
        worldWith({tuesday(150, "ads", "first"), tuesday(120, "search", "second").created("2026-11-24T09:00:00Z")});
    const Decisions decisions = decide(first, kNow);
    const auto promised = stored(tuesday(150, "ads", "first"), outcomeOf(decisions, "first"));
    LoanBuilder asked = tuesday(120, "search", "second").created("2026-11-24T09:00:00Z");
    const auto denied = stored(asked, outcomeOf(decisions, "second"));
    const auto now = [&](std::vector<std::shared_ptr<const api::BurstLoan>> loans, const char* text) {
        return outcomeOf(decide(worldWith(std::move(loans)), at(text)), "second");
    };
    // A third loan got 30 of the remaining 50; then the first loan is withdrawn.
    LoanOutcome outcome =
        now({promised, denied, tuesday(30, "ads", "third").from("2026-12-01T00:00:00Z", "2026-12-01T01:00:00Z")},
            "2026-11-25T00:00:00Z");
    CHECK(outcome.largestApprovable == Tokens{50});  // the third is denied: ads has a loan at that time
    outcome = now({denied}, "2026-11-25T00:00:00Z");
    CHECK(outcome.phase == LoanPhase::Denied);  // a denied loan stays denied until it is edited
    CHECK(outcome.rule == LoanRule::PoolExhausted);
    CHECK(outcome.largestApprovable == Tokens{120});
    CHECK(outcome.earliestStart == at("2026-12-01T00:00:00Z"));
    CHECK(hintSentence(outcome) == "120 tokens would be approved; as asked from 2026-12-01T00:00:00Z on");
    outcome = now({denied}, "2026-12-01T00:00:00Z");
    CHECK(outcome.largestApprovable == Tokens{50});
    CHECK(outcome.earliestStart == at("2026-12-02T00:00:00Z"));
}

TEST_CASE("early return: by moving the end, and by deleting") {
    LoanBuilder asked = makeLoan("search")
                            .tokens(150)
                            .created("2026-11-24T08:00:00Z")
                            .from("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z");
    const LoanOutcome approved = outcomeOf(decide(worldWith({asked}), at("2026-11-24T08:00:00Z")));
    auto active = approved;
    active.phase = LoanPhase::Active;
    LoanBuilder shortened = asked;
    shortened.from("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z");
    const auto moved = stored(shortened, active);
    CHECK(outcomeOf(decide(worldWith({moved}), at("2026-11-24T11:30:00Z"))).phase == LoanPhase::Returned);

    LoanBuilder deleted = asked;
    deleted.raw().deletedAt = at("2026-11-24T12:00:00Z");
    const Decisions after = decide(worldWith({stored(deleted, active)}), at("2026-11-24T12:00:01Z"));
    CHECK(outcomeOf(after).phase == LoanPhase::Returned);
    CHECK(budgetOf(after).granted == Tokens{400});
    const Decisions never = decide(worldWith({stored(deleted, approved)}), at("2026-11-24T09:00:00Z"));
    CHECK(outcomeOf(never).phase == LoanPhase::Cancelled);
    CHECK(never.policies[0].pools[0].free == Tokens{200});
}

TEST_CASE("a sleep over start and end, and a clock that jumps back, break no promise") {
    const LoanBuilder asked = tuesday(150);
    const auto scheduled = stored(asked, outcomeOf(decide(worldWith({asked}), kNow)));
    const Decisions slept = decide(worldWith({scheduled}), at("2026-12-09T00:00:00Z"));
    CHECK(outcomeOf(slept).phase == LoanPhase::Returned);
    CHECK(outcomeOf(slept).drawn == Tokens{0});
    CHECK(budgetOf(slept).granted == Tokens{400});
    const auto returned = stored(asked, outcomeOf(slept));
    CHECK(outcomeOf(decide(worldWith({returned}), at("2026-12-01T12:00:00Z"))).phase == LoanPhase::Returned);
    auto active = outcomeOf(decide(worldWith({scheduled}), at("2026-12-01T12:00:00Z")));
    CHECK(active.phase == LoanPhase::Active);
    const Decisions back = decide(worldWith({stored(asked, active)}), at("2026-11-30T12:00:00Z"));
    CHECK(outcomeOf(back).phase == LoanPhase::Scheduled);
    CHECK(budgetOf(back).granted == Tokens{400});
}

TEST_CASE("after a loan the status shows whether the team is back at its baseline, and so does the next decision") {
    const LoanBuilder asked = makeLoan("search", "first")
                                  .tokens(150)
                                  .created("2026-11-24T08:00:00Z")
                                  .from("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z");
    const auto first = stored(asked, outcomeOf(decide(worldWith({asked}), at("2026-11-24T08:00:00Z")), "first"));
    const auto after = [&](std::int64_t nextDay, const char* now, std::shared_ptr<const api::BurstLoan> loan) {
        World world = worldWith({std::move(loan), makeLoan("search", "next")
                                                      .tokens(10)
                                                      .created("2026-11-25T09:00:00Z")
                                                      .from("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")});
        auto policy = *world.policies[0];
        policy.borrowing.cooldown = std::chrono::hours{24};
        world.policies = {std::make_shared<api::AllocationPolicy>(policy)};
        world.usage["main"].consumed[{"chat", "search", at("2026-11-25T00:00:00Z")}] = Tokens{nextDay};
        return decide(world, at(now));
    };
    const Decisions during = after(300, "2026-11-25T10:00:00Z", first);
    CHECK(outcomeOf(during, "first").backToBaseline == api::BackToBaseline::Unknown);
    CHECK_THAT(outcomeOf(during, "next").message, Contains("not known yet"));
    CHECK(during.nextChange == at("2026-11-25T14:00:00Z"));  // the end of the cooldown
    const auto returned = stored(asked, outcomeOf(during, "first"));
    const Decisions good = after(300, "2026-11-25T14:00:00Z", returned);
    CHECK(outcomeOf(good, "first").backToBaseline == api::BackToBaseline::True);
    CHECK_THAT(outcomeOf(good, "next").message, Contains("after the loan \"first\" the team was back at its baseline"));
    CHECK(good.nextChange == at("2026-11-26T00:00:00Z"));  // of the window only
    const Decisions bad = after(401, "2026-11-25T10:00:00Z", first);
    CHECK(outcomeOf(bad, "first").backToBaseline == api::BackToBaseline::False);
    CHECK_THAT(outcomeOf(bad, "next").message, Contains("was not back"));
}

TEST_CASE("a loan is for a team of its own namespace, with a budget in the pool") {
    LoanBuilder stranger = tuesday(10);
    stranger.raw().meta.ns = "elsewhere";
    const Decisions decisions = decide(worldWith({stranger}), kNow);
    REQUIRE(decisions.loans.size() == 1);
    CHECK(decisions.loans[0].problems[0].reason == api::reason::kQuotaNotFound);
    CHECK(decisions.loans[0].outcome.phase == LoanPhase::Pending);
    CHECK_THAT(decisions.loans[0].problems[0].message, Contains("namespace \"elsewhere\""));
    const Decisions noBudget = decide(worldWith({tuesday(10).pool("embed")}), kNow);
    CHECK(noBudget.loans[0].problems[0].reason == api::reason::kNoBudget);
}

TEST_CASE("offsets, leap days and the skipped hour are ordinary instants") {
    // 02:30 does not exist on 29 March 2026 in Central Europe; with an offset it is an ordinary instant.
    const World world = worldWith({makeLoan("search")
                                       .tokens(10)
                                       .created("2026-03-20T00:00:00Z")
                                       .from("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00")});
    const LoanOutcome loan = outcomeOf(decide(world, at("2026-03-21T00:00:00Z")));
    CHECK(loan.effectiveStart == at("2026-03-29T00:30:00Z"));
    CHECK(loan.effectiveEnd == at("2026-03-29T01:30:00Z"));
    const World leap = worldWith({makeLoan("search")
                                      .tokens(10)
                                      .created("2028-02-20T00:00:00Z")
                                      .from("2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z")});
    CHECK(outcomeOf(decide(leap, at("2028-02-21T00:00:00Z"))).phase == LoanPhase::Scheduled);
}

TEST_CASE("200 teams at once: the oldest that fit, the same after a restart in between, and every hint approvable") {
    World world;
    auto policy = makePolicy().pool("chat", 1'000'000, 20);
    policy.raw().borrowing.cooldown = Duration{0};
    policy.raw().borrowing.maxPercentOfGrant = 1000;
    world.policies = {policy};
    const auto loanOf = [](int i) {
        const std::string team = "team-" + std::to_string(1000 + i);
        return makeLoan(team, "loan-" + std::to_string(1000 + i))
            .tokens(1'500 + 37 * (i % 11))
            .from("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")
            .created(i % 2 == 0 ? "2026-11-24T08:00:00Z" : "2026-11-24T08:00:01Z");
    };
    for (int i = 0; i < 200; ++i) {
        world.quotas.push_back(makeQuota("team-" + std::to_string(1000 + i)).forecast("chat", 4'000));
        world.loans.push_back(loanOf(i));
    }
    const Decisions all = decide(world, kNow);
    std::int64_t promised = 0;
    int denied = 0;
    for (const LoanDecision& loan : all.loans) {
        promised += loan.outcome.granted.value();
        denied += loan.outcome.phase == LoanPhase::Denied ? 1 : 0;
    }
    CHECK(promised <= 200'000);
    CHECK(promised > 200'000 - 1'500);
    CHECK(denied > 0);

    // The operator died after writing half of the statuses, in no particular order.
    World restarted = world;
    for (int i = 0; i < 200; i += 2) {
        const int which = (i * 7) % 200;
        restarted.loans[static_cast<std::size_t>(which)] =
            stored(loanOf(which), outcomeOf(all, "loan-" + std::to_string(1000 + which)));
    }
    const Decisions again = decide(restarted, kNow + std::chrono::seconds{5});
    for (std::size_t i = 0; i < all.loans.size(); ++i) {
        CHECK(again.loans[i].outcome.phase == all.loans[i].outcome.phase);
        CHECK(again.loans[i].outcome.granted == all.loans[i].outcome.granted);
    }

    for (int i = 0; i < 200; ++i) {
        const LoanOutcome outcome = outcomeOf(all, "loan-" + std::to_string(1000 + i));
        if (outcome.phase != LoanPhase::Denied || outcome.largestApprovable->isZero()) continue;
        World hinted = world;
        for (int j = 0; j < 200; ++j) {
            hinted.loans[static_cast<std::size_t>(j)] =
                stored(loanOf(j), outcomeOf(all, "loan-" + std::to_string(1000 + j)));
        }
        LoanBuilder smaller = loanOf(i);
        smaller.tokens(outcome.largestApprovable->value());
        hinted.loans[static_cast<std::size_t>(i)] = smaller;
        CHECK(outcomeOf(decide(hinted, kNow), "loan-" + std::to_string(1000 + i)).phase == LoanPhase::Scheduled);
    }
}

TEST_CASE("the advice to a denied request is the next thing that time alone changes, until its start has passed") {
    const LoanBuilder asked = tuesday(201);  // more than there is to lend
    const Instant now = at("2026-11-24T12:30:00Z");
    const auto denied = stored(asked, outcomeOf(decide(worldWith({asked}), now)));
    REQUIRE(denied->record->phase == LoanPhase::Denied);
    CHECK(decide(worldWith({denied}), now).nextChange == at("2026-11-24T13:00:00Z") + Duration{1});
    CHECK(decide(worldWith({denied}), at("2026-11-24T13:00:00Z")).nextChange ==
          at("2026-11-24T13:00:00Z") + Duration{1});
    CHECK(decide(worldWith({denied}), at("2026-12-01T08:00:00Z")).nextChange == at("2026-12-02T00:00:00Z"));

    World distant = worldWith({denied});
    auto policy = *distant.policies[0];
    policy.borrowing.maxAdvance = *denied->start - now - std::chrono::minutes{5};
    distant.policies = {std::make_shared<api::AllocationPolicy>(policy)};
    CHECK(decide(distant, now).nextChange == now + std::chrono::minutes{5});
}

TEST_CASE("no hint lies beyond the last instant that can be written") {
    const auto last = [](const char* name, const char* end) {
        return makeLoan("search", name).tokens(10).from("9999-12-26T00:00:00Z", end).created("2026-11-24T08:00:00Z");
    };
    World world = worldWith({last("first", "9999-12-31T23:59:58Z").created("2026-11-24T07:00:00Z"),
                             last("second", "9999-12-31T23:59:59Z")});
    auto policy = *world.policies[0];
    policy.borrowing.maxAdvance = at("9999-12-31T23:59:59Z") - kNow;
    world.policies = {std::make_shared<api::AllocationPolicy>(policy)};
    const LoanOutcome denied = outcomeOf(decide(world, kNow), "second");
    CHECK(denied.rule == LoanRule::TooManyActive);
    CHECK_FALSE(denied.earliestStart);
    CHECK_THAT(hintSentence(denied), !Contains("as asked from"));
}
