// The borrowing rules over time: notice, advance, pauses, numbers of loans, and the base of the borrowing limit. Each
// case is a way in which a team once got around a rule.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "controllers/treasury/reason_length.hpp"
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

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

LoanBuilder loanFrom(Instant start, Duration length, const std::string& name = "loan",
                     const std::string& team = "search") {
    LoanBuilder loan = tuesday(10, team, name);
    loan.raw().start = start;
    loan.raw().end = start + length;
    return loan;
}

// A second request of search beside one that is approved from 1 December 00:00 until the 2nd, pause of 24 h.
LoanOutcome besideTuesday(const char* start, const char* end, int maxActive = 1) {
    const World world =
        withRules(worldWith({tuesday(10, "search", "first"),
                             tuesday(10, "search", "second").from(start, end).created("2026-11-24T09:00:00Z")}),
                  [&](auto& rules) {
                      rules.cooldown = hours{24};
                      rules.maxActivePerTeam = maxActive;
                  });
    return outcomeOf(decide(world, kNow), "second");
}

int approvedOf(const Decisions& decisions) {
    int approved = 0;
    for (const LoanDecision& loan : decisions.loans) {
        approved += loan.outcome.phase == LoanPhase::Scheduled || loan.outcome.phase == LoanPhase::Active ? 1 : 0;
    }
    return approved;
}

}  // namespace

TEST_CASE("a start before the approval counts as the approval, and none is as soon as it is approved") {
    LoanBuilder late = makeLoan("search").tokens(10).created("2026-11-24T08:00:00Z");
    late.from("2026-11-24T07:00:00Z", "2026-11-24T20:00:00Z");
    LoanBuilder soonest = late;
    soonest.raw().start.reset();
    for (const LoanBuilder& loan : {late, soonest}) {
        const LoanOutcome outcome = outcomeOf(decide(worldWith({loan}), kNow));
        CHECK(outcome.phase == LoanPhase::Active);
        CHECK(outcome.effectiveStart == kNow);
        CHECK(outcome.effectiveEnd == at("2026-11-24T20:00:00Z"));
    }
    // What counts is the time it would still be active: 8 h of 13.
    CHECK(ruleOf(late, [](auto& rules) { rules.maxDuration = hours{8}; }) == LoanRule::None);
    CHECK(ruleOf(late, [](auto& rules) { rules.maxDuration = hours{7}; }) == LoanRule::TooLong);
    soonest.from("2026-11-24T07:00:00Z", "2026-11-24T12:00:00Z");
    CHECK(ruleOf(soonest) == LoanRule::InvalidInterval);
}

TEST_CASE("notice counts from when the spec was first seen, and only where the policy wants any") {
    const auto asked = [](int generation) {
        LoanBuilder loan = makeLoan("search").tokens(10).created("2026-11-24T08:00:00Z");
        loan.from("2026-11-24T13:30:00Z", "2026-11-24T20:00:00Z");
        loan.raw().meta.generation = generation;
        return loan;
    };
    const auto notice = [](Duration least) { return [least](auto& rules) { rules.minNotice = least; }; };
    CHECK(ruleOf(asked(1), notice(minutes{330})) == LoanRule::None);  // 08:00 until 13:30
    CHECK(ruleOf(asked(1), notice(minutes{331})) == LoanRule::TooLittleNotice);
    // An edit is a new request: it is first seen now, at 12:00.
    LoanBuilder edited = asked(2);
    CHECK(ruleOf(edited, notice(minutes{90})) == LoanRule::None);
    CHECK(ruleOf(edited, notice(minutes{91})) == LoanRule::TooLittleNotice);
    edited.raw().record = api::LoanRecord{};
    edited.raw().record->phase = LoanPhase::Denied;
    edited.raw().record->observedGeneration = 1;
    CHECK(ruleOf(edited, notice(minutes{91})) == LoanRule::TooLittleNotice);
    const auto denied = outcomeOf(decide(withRules(worldWith({edited}), notice(minutes{91})), kNow));
    CHECK(denied.earliestStart == at("2026-11-24T13:31:00Z"));
    CHECK(denied.largestApprovable == Tokens{0});
}

TEST_CASE("the hints of a standing denial leave time to edit, and change once an hour") {
    LoanBuilder asked = makeLoan("search").tokens(10).created("2026-11-24T12:00:00Z");
    asked.from("2026-11-24T16:00:00Z", "2026-11-24T20:00:00Z");
    const auto rules = [](auto& borrowing) { borrowing.minNotice = hours{6}; };
    const LoanOutcome first = outcomeOf(decide(withRules(worldWith({asked}), rules), kNow));
    CHECK(first.rule == LoanRule::TooLittleNotice);
    CHECK(first.earliestStart == at("2026-11-24T18:00:00Z"));
    for (const char* now : {"2026-11-24T12:00:01Z", "2026-11-24T12:59:59Z"}) {
        const LoanOutcome later = outcomeOf(decide(withRules(worldWith({stored(asked, first)}), rules), at(now)));
        CHECK(later.earliestStart == at("2026-11-24T19:00:00Z"));  // an edit until 13:00 has 6 h of notice
    }
}

TEST_CASE("a loan starts at most maxAdvance ahead; nothing later is named") {
    // 2,160 h after 24 November 12:00 is 22 February 12:00.
    CHECK(ruleOf(loanFrom(at("2027-02-22T12:00:00Z"), hours{1})) == LoanRule::None);
    const LoanOutcome far = outcomeOf(decide(worldWith({loanFrom(at("2027-02-22T12:00:01Z"), hours{1})}), kNow));
    CHECK(far.rule == LoanRule::TooFarAhead);
    CHECK(far.largestApprovable == Tokens{0});
    CHECK(!far.earliestStart);
    CHECK_THAT(far.message, Contains("more than 2160h0m0s ahead"));
}

TEST_CASE("no hint of a loan in the year 9999 leads into the year 10000") {
    World world = worldWith({loanFrom(at("9999-12-26T00:00:00Z"), hours{24}, "first"),
                             loanFrom(at("9999-12-26T12:00:00Z"), hours{100}, "second")});
    for (const LoanDecision& loan : decide(world, kNow).loans) {
        CHECK(loan.outcome.rule == LoanRule::TooFarAhead);
        CHECK(!loan.outcome.earliestStart);
    }
}

TEST_CASE("a pause on both sides of a loan, whichever was asked for first") {
    // The approved loan ends on the 2nd at 00:00: the next may start on the 3rd at 00:00.
    CHECK(besideTuesday("2026-12-02T23:59:59Z", "2026-12-03T12:00:00Z").rule == LoanRule::CoolingDown);
    CHECK(besideTuesday("2026-12-03T00:00:00Z", "2026-12-03T12:00:00Z").rule == LoanRule::None);
    // It starts on the 1st at 00:00: one before must end on 30 November at 00:00.
    CHECK(besideTuesday("2026-11-29T12:00:00Z", "2026-11-30T00:00:00Z").rule == LoanRule::None);
    const LoanOutcome before = besideTuesday("2026-11-29T12:00:00Z", "2026-11-30T00:00:01Z");
    CHECK(before.rule == LoanRule::CoolingDown);
    CHECK(before.earliestStart == at("2026-12-03T00:00:00Z"));
    CHECK_THAT(before.message, Contains("\"first\" starts at 2026-12-01T00:00:00Z; the one before must end 24h0m0s"));
}

TEST_CASE("of two loans that may overlap, the hint is the first start that needs no pause") {
    // Two at once: 12 h and 1 s long, it overlaps the approved loan from 30 November 12:00:00 on (its end is 00:00:01).
    const LoanOutcome outcome = besideTuesday("2026-11-29T12:00:01Z", "2026-11-30T00:00:02Z", 2);
    CHECK(outcome.rule == LoanRule::CoolingDown);
    CHECK(outcome.earliestStart == at("2026-11-30T12:00:00Z"));
}

TEST_CASE("eight weeks without a pause are not to be had, forwards or backwards") {
    for (const bool backwards : {false, true}) {
        World world = withRules(worldWith({}), [](auto& rules) { rules.cooldown = hours{24}; });
        for (int i = 0; i < 8; ++i) {
            const int week = backwards ? 7 - i : i;
            world.loans.push_back(
                loanFrom(at("2026-12-01T00:00:00Z") + hours{168 * week}, hours{168}, fmt::format("ask-{}", i)));
        }
        const Decisions decisions = decide(world, kNow);
        CHECK(approvedOf(decisions) == 4);  // every second week
        for (int i = 0; i < 8; ++i) {
            CHECK(outcomeOf(decisions, fmt::format("ask-{}", i)).rule ==
                  (i % 2 == 0 ? LoanRule::None : LoanRule::CoolingDown));
        }
    }
}

TEST_CASE("a team has at most maxPromisedPerTeam approved loans that have not ended") {
    World world = withRules(worldWith({}), [](auto& rules) { rules.maxPromisedPerTeam = 2; });
    for (int day = 0; day < 3; ++day) {
        world.loans.push_back(
            loanFrom(at("2026-12-01T00:00:00Z") + hours{48 * day}, hours{24}, fmt::format("day-{}", day)));
    }
    const Decisions decisions = decide(world, kNow);
    CHECK(outcomeOf(decisions, "day-1").phase == LoanPhase::Scheduled);
    const LoanOutcome third = outcomeOf(decisions, "day-2");
    CHECK(third.rule == LoanRule::TooManyPromised);
    CHECK(third.largestApprovable == Tokens{0});
    CHECK(!third.earliestStart);  // not as long as the two have not ended, whenever it would start
    CHECK_THAT(third.message, Contains("has 2 approved loans that have not ended; the policy allows 2"));

    // Once the first has ended there is room again.
    for (const int day : {0, 1}) {
        const std::string name = fmt::format("day-{}", day);
        const LoanBuilder loan = loanFrom(at("2026-12-01T00:00:00Z") + hours{48 * day}, hours{24}, name);
        world.loans[static_cast<std::size_t>(day)] = stored(loan, outcomeOf(decisions, name));
    }
    CHECK(outcomeOf(decide(world, at("2026-12-02T00:00:00Z")), "day-2").phase == LoanPhase::Scheduled);
}

TEST_CASE("of a team's requests the oldest are read; the rest is refused unread, whatever it asks") {
    World world = withRules(worldWith({}), [](auto& rules) { rules.maxPromisedPerTeam = 2; });
    for (int i = 0; i < 3000; ++i) {
        // Each overlaps the one before by an hour: of three the first and the last fit, and two are allowed.
        world.loans.push_back(
            loanFrom(at("2026-12-01T00:00:00Z") + hours{12 * i}, hours{13}, fmt::format("ask-{:04}", i)));
    }
    world.loans.push_back(loanFrom(at("2026-12-01T00:00:00Z"), hours{13}, "of-ads", "ads"));
    const Decisions decisions = decide(world, kNow);
    CHECK(approvedOf(decisions) == 3);
    CHECK(outcomeOf(decisions, "of-ads").phase == LoanPhase::Scheduled);
    int read = 0;
    for (const LoanDecision& loan : decisions.loans) {
        if (loan.team != "search" || loan.outcome.phase != LoanPhase::Denied) continue;
        if (loan.outcome.largestApprovable) {
            ++read;
        } else {
            CHECK(loan.outcome.rule == LoanRule::TooManyPromised);
            CHECK_THAT(loan.outcome.message, Contains("more than 20 requests that are not over"));
        }
    }
    CHECK(read == 18);  // 10 · 2 are read, 2 of them are approved

    // Denied as they are now, nothing changes as they are decided again; what is over makes room.
    World later = world;
    for (int i = 0; i < 3000; ++i) {
        const std::string name = fmt::format("ask-{:04}", i);
        const LoanBuilder loan = loanFrom(at("2026-12-01T00:00:00Z") + hours{12 * i}, hours{13}, name);
        later.loans[static_cast<std::size_t>(i)] = stored(loan, outcomeOf(decisions, name));
    }
    const Decisions again = decide(later, kNow + minutes{5});
    for (std::size_t i = 0; i < decisions.loans.size(); ++i) {
        CHECK(again.loans[i].outcome.phase == decisions.loans[i].outcome.phase);
        CHECK(again.loans[i].outcome.message == decisions.loans[i].outcome.message);
    }
    for (std::size_t i = 3; i < 3000; ++i) {
        api::BurstLoan over = *later.loans[i];
        over.record->phase = LoanPhase::Cancelled;
        later.loans[i] = std::make_shared<const api::BurstLoan>(over);
    }
    LoanBuilder fresh = loanFrom(at("2027-01-10T00:00:00Z"), hours{13}, "fresh");
    later.loans.push_back(fresh);
    CHECK_THAT(outcomeOf(decide(later, kNow), "fresh").message, Contains("has 2 approved loans"));  // it was read
}

TEST_CASE("a hint is looked for in a bounded number of steps") {
    // On every second day another team has the whole pool; search asks for two days at once.
    const auto world = [](int blocked) {
        World made = withRules(worldWith({}), [](auto& rules) { rules.maxAdvance = hours{24 * 365}; });
        made.policies = {[&] {
            auto policy = *made.policies[0];
            policy.borrowing.maxPercentOfGrant = 1000;
            return std::make_shared<const api::AllocationPolicy>(policy);
        }()};
        made.quotas = {makeQuota("search").forecast("chat", 400)};
        for (int i = 0; i < blocked; ++i) {
            const std::string team = fmt::format("team-{:02}", i);
            made.quotas.push_back(makeQuota(team).forecast("chat", 100));
            LoanBuilder loan = loanFrom(at("2026-12-01T00:00:00Z") + hours{48 * i}, hours{24}, "loan-" + team, team);
            api::LoanRecord record;
            record.phase = LoanPhase::Scheduled;
            record.observedGeneration = 1;
            record.granted = Tokens{200};
            record.decidedAt = at("2026-11-24T08:00:00Z");
            loan.raw().record = record;
            made.loans.push_back(loan);
        }
        made.loans.push_back(loanFrom(at("2026-11-30T00:00:00Z"), hours{48}, "asked"));
        return outcomeOf(decide(made, kNow), "asked");
    };
    const LoanOutcome found = world(kMostHintSteps - 1);
    CHECK(found.rule == LoanRule::PoolExhausted);
    // Blocked on 1 December and each second day: free from the end of the last of 63 on, 125 days later.
    CHECK(found.earliestStart == at("2026-12-01T00:00:00Z") + hours{48 * (kMostHintSteps - 2) + 24});
    CHECK(!world(kMostHintSteps).earliestStart);
}

TEST_CASE("blanks are no reason, in any script") {
    for (const char* blank : {" ", "\t", "\n", "\u00A0", "\u2003", "\u3000", "\u200B", "\u2060", "\uFEFF", "\u3164"}) {
        CHECK(ruleOf(tuesday(10).because(repeated(blank, 100))) == LoanRule::ReasonTooShort);
        CHECK(ruleOf(tuesday(10).because(repeated(blank, 20) + "launch")) == LoanRule::ReasonTooShort);
    }
    CHECK(ruleOf(tuesday(10).because("the launch of our app")) == LoanRule::ReasonTooShort);  // 17 without blanks
    CHECK(ruleOf(tuesday(10).because("the launch of our web app")) == LoanRule::None);        // 20 without blanks
    CHECK(ruleOf(tuesday(10).because(repeated("発", 20))) == LoanRule::None);
    CHECK(visibleCharacters("a\U0001F680 \xFF\xE4") == 4);  // bytes that are not UTF-8 are one character each
}

TEST_CASE("a baseline that was raised for a moment raises no borrowing limit") {
    const auto asked = [](std::int64_t tokens, std::optional<RecentBaseline> recent) {
        World world = worldWith({tuesday(tokens)});
        if (recent) {
            world.recentBaselines["main"] =
                std::make_shared<const RecentBaselines>(RecentBaselines{{{"chat", "search"}, *recent}});
        }
        return outcomeOf(decide(world, kNow));
    };
    // 200 % of a mean of 50 is 100, though the baseline is 400 now.
    CHECK(asked(100, RecentBaseline{Tokens{50}, 7}).rule == LoanRule::None);
    const LoanOutcome denied = asked(101, RecentBaseline{Tokens{50}, 7});
    CHECK(denied.rule == LoanRule::OverBorrowingLimit);
    CHECK(denied.largestApprovable == Tokens{100});
    CHECK_THAT(denied.message, Contains("200 % of its mean baseline in the last 7 closed windows 50, 100"));
    // The smaller of the two: 400 now, whatever it was; and where nothing is closed yet, 400 now alone.
    CHECK(asked(200, RecentBaseline{Tokens{5000}, 7}).rule == LoanRule::None);
    CHECK(asked(200, std::nullopt).rule == LoanRule::None);
}
