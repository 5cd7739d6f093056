#include "controllers/reconcile/observation/usage_change.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
const Instant kNow = kDay + hours{13};
const std::pair<std::string, std::string> kSearch{"chat", "search"};

usage::PolicyUsage usageAt(Instant scrape) {
    usage::PolicyUsage usage;
    usage.known = true;
    usage.lastScrape = scrape;
    usage.view.completeUpTo = scrape;
    usage.view.consumed[{"chat", "search", kDay}] = api::Tokens{500};
    usage.closed.reach["chat"] = {kDay, kDay, scrape};
    return usage;
}

Observation seenWith(const usage::PolicyUsage& usage) {
    Observation seen;
    seen.at = kNow;
    seen.policies["main"] = bursar::testing::makePolicy().pool("chat", 1'000'000);
    seen.usage = std::make_shared<usage::UsageByPolicy>(usage::UsageByPolicy{{"main", usage}});
    return seen;
}

}  // namespace

TEST_CASE("a read that brings only a later time changes no decision") {
    const Observation seen = seenWith(usageAt(kNow));
    CHECK_FALSE(changesDecision(seen, *seen.usage, kNow));
    CHECK_FALSE(changesDecision(seen, {{"main", usageAt(kNow + seconds{15})}}, kNow + seconds{16}));
    CHECK_FALSE(changesDecision(seen, {{"main", usageAt(kNow + hours{2})}}, kNow + hours{2}));
}

TEST_CASE("figures that differ change the decision") {
    const Observation seen = seenWith(usageAt(kNow));
    auto next = usageAt(kNow + seconds{15});
    const auto changes = [&] { return changesDecision(seen, {{"main", next}}, kNow + seconds{16}); };
    SECTION("consumption") { next.view.consumed[{"chat", "search", kDay}] += api::Tokens{1}; }
    SECTION("consumption of a loan") { next.view.consumedSince[{"chat", "search", kDay}][kNow] = api::Tokens{1}; }
    SECTION("a source that is not known") { next.known = false; }
    SECTION("a metered day") { next.days.open.push_back(std::make_shared<treasury::MeteredDay>()); }
    SECTION("a window that can be recorded") { next.closed.reach["chat"].until = kDay + hours{24}; }
    SECTION("a pool that was not read before") { next.closed.reach["embed"] = {kDay, kDay, kDay}; }
    SECTION("a doubt") { next.doubt = usage::Doubt{"CounterWentBack", "the counter went back"}; }
    // A pool that the policy does not have makes no difference.
    CHECK(changes() == !next.closed.reach.contains("embed"));
}

TEST_CASE("a policy whose usage appears or goes changes the decision") {
    const Observation seen = seenWith(usageAt(kNow));
    CHECK(changesDecision(seen, {}, kNow));
    Observation unread = seenWith(usageAt(kNow));
    unread.usage = std::make_shared<usage::UsageByPolicy>();
    CHECK(changesDecision(unread, {{"main", usageAt(kNow)}}, kNow));
    CHECK_FALSE(changesFreshness(unread, {{"main", usageAt(kNow)}}, kNow + hours{1}));
}

TEST_CASE("consumption that becomes complete beyond the end of a loan changes the decision") {
    Observation seen = seenWith(usageAt(kNow));
    seen.cuts["main"][kSearch] = {kNow - hours{1}, kNow + seconds{10}};
    CHECK_FALSE(changesDecision(seen, {{"main", usageAt(kNow + seconds{10})}}, kNow + seconds{11}));
    CHECK(changesDecision(seen, {{"main", usageAt(kNow + seconds{11})}}, kNow + seconds{12}));
    seen.usage = std::make_shared<usage::UsageByPolicy>(usage::UsageByPolicy{{"main", usageAt(kNow + seconds{11})}});
    CHECK_FALSE(changesDecision(seen, {{"main", usageAt(kNow + seconds{26})}}, kNow + seconds{27}));
}

TEST_CASE("time alone makes usage stale, and the next sample makes it fresh") {
    const Observation fresh = seenWith(usageAt(kNow));
    const Duration staleAfter = usageAt(kNow).staleAfter;
    CHECK_FALSE(changesFreshness(fresh, *fresh.usage, kNow + staleAfter));
    CHECK(changesFreshness(fresh, *fresh.usage, kNow + staleAfter + Duration{1}));
    // The source goes on to answer: the figures seen then count, not those of the last decision.
    CHECK_FALSE(changesFreshness(fresh, {{"main", usageAt(kNow + minutes{1})}}, kNow + staleAfter + Duration{1}));

    Observation stale = seenWith(usageAt(kNow - hours{1}));
    CHECK_FALSE(changesFreshness(stale, *stale.usage, kNow + hours{1}));
    CHECK(changesDecision(stale, {{"main", usageAt(kNow + seconds{15})}}, kNow + seconds{16}));
    auto failing = usageAt(kNow - hours{1});
    failing.problem = "HTTP 503";
    CHECK(changesFreshness(stale, {{"main", failing}}, kNow + seconds{1}));
}
