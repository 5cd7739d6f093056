// Metering in the ledger: what completes a day, the recorder of one policy, and crashes at any write.
#include <catch2/catch.hpp>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/reconcile/record/metering_recorder.hpp"
#include "controllers/reconcile/record/pending_days.hpp"
#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/crashing_client.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using api::Tokens;
using bursar::testing::CrashingClient;
using bursar::testing::FakeClient;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using std::chrono::hours;
using std::chrono::minutes;
using treasury::MeteredDay;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
constexpr Duration kLength = hours{24};

MeteringRecorder::Policy policy(bool usage = true) {
    auto made = makePolicy().pool("chat", 1'000'000);
    if (usage) made.raw().usageType = api::UsageType::Prometheus;
    return made;
}

MeteredDay metered(Instant day, std::int64_t input = 7) {
    MeteredDay made{day, {}, {}, {}, {}};
    made.teams["search"].usage[{"chat", "gpt-4o"}].input = Tokens{input};
    return made;
}

// Closed days [from, until).
usage::MeteredDays closed(Instant from, Instant until) {
    usage::MeteredDays days;
    for (Instant day = from; day < until; day += kLength) {
        days.closed.push_back(std::make_shared<const MeteredDay>(metered(day)));
    }
    return days;
}

MeteredDay withPayer(MeteredDay day) {
    for (auto& [name, team] : day.teams) team.costCenter = "CC-1";
    return day;
}

std::int64_t inputOf(const treasury::UsageSums& sums) {
    std::int64_t input = 0;
    for (const auto& [team, payers] : sums.teams()) {
        for (const auto& payer : payers) {
            for (const auto& cell : payer.cells) input += cell.tokens.input.value();
        }
    }
    return input;
}

// One policy's metering on a fake API server.
struct Office {
    std::shared_ptr<FakeClient> client = std::make_shared<FakeClient>();
    ledger::KubernetesLedger ledger{client, "bursar-system"};
    MeteringRecorder recorder;

    bool update(const usage::MeteredDays& days, Instant now, std::optional<Instant> keepFrom = {}) {
        return recorder.update(ledger, policy(), days, withPayer, now, keepFrom);
    }
    std::vector<MeteredDay> stored() {
        std::vector<MeteredDay> days;
        const auto chain = ledger.readMetering("main");
        REQUIRE(chain);
        chain->forEachDay({Instant{}, Instant::max()},
                          [&](const treasury::MeteredRows& day) { days.push_back(treasury::dayOf(day)); });
        return days;
    }
};

DayStanding standing(Instant day, std::map<std::string, std::string> payers) {
    return {day, std::move(payers), {{"chat", Tokens{500}}}};
}

WindowDraw draw(Instant window, std::int64_t tokens) {
    return {{"search", "launch", "search", "chat", Tokens{tokens}}, window};
}

}  // namespace

TEST_CASE("metering begins with the open day, so that a crash before its end loses nothing") {
    Office office;
    REQUIRE(office.update({}, kDay + hours{13}));
    CHECK(office.recorder.metering().known);
    CHECK(office.recorder.metering().meteredUntil == kDay);
    ledger::KubernetesLedger other{office.client, "bursar-system"};  // of another process, later
    CHECK(other.readMetering("main")->meteredUntil() == kDay);
    const int writes = office.client->writes();
    REQUIRE(office.update({}, kDay + hours{14}));
    CHECK(office.client->writes() == writes);
}

TEST_CASE("a closed day is recorded once with its cost centres, however often it is handed over") {
    Office office;
    REQUIRE(office.update({}, kDay));
    const auto days = closed(kDay, kDay + 3 * kLength);
    for (int i = 0; i < 3; ++i) REQUIRE(office.update(days, kDay + 3 * kLength + minutes{1}));
    REQUIRE(office.stored().size() == 3);
    CHECK(office.stored()[2] == withPayer(metered(kDay + 2 * kLength)));
    CHECK(office.recorder.metering().meteredUntil == kDay + 3 * kLength);
    REQUIRE(office.recorder.metering().toDate);
    CHECK(inputOf(*office.recorder.metering().toDate) == 21);
    CHECK(office.recorder.metering().toDate->teams().at("search").at(0).costCenter == "CC-1");
}

TEST_CASE("a source that was asked later than the record ends is waited for: no day is left out") {
    Office office;
    REQUIRE(office.update({}, kDay));
    REQUIRE(office.update(closed(kDay + kLength, kDay + 2 * kLength), kDay + 2 * kLength));
    CHECK(office.stored().empty());
    CHECK(office.recorder.metering().meteredUntil == kDay);
}

TEST_CASE("without a usage source nothing is metered, and earlier days stay") {
    Office office;
    const auto days = closed(kDay, kDay + kLength);
    REQUIRE(office.recorder.update(office.ledger, policy(false), days, withPayer, kDay + kLength, {}));
    CHECK(office.client->writes() == 0);
    CHECK_FALSE(office.recorder.metering().meteredUntil);
    REQUIRE(office.update({}, kDay));
    REQUIRE(office.update(closed(kDay, kDay + kLength), kDay + kLength));
    REQUIRE(office.recorder.update(office.ledger, policy(false), {}, withPayer, kDay + 2 * kLength, {}));
    CHECK(office.recorder.metering().meteredUntil == kDay + kLength);
    CHECK(inputOf(*office.recorder.metering().toDate) == 7);
}

TEST_CASE("sums to date are those of the open period, and computed again for another policy only") {
    Office office;
    const Instant first = *parseInstant("2026-11-29T00:00:00Z");
    REQUIRE(office.update({}, first));
    const auto kept = policy();
    const auto sumsAfter = [&](const MeteringRecorder::Policy& of, const usage::MeteredDays& days, Instant now) {
        REQUIRE(office.recorder.update(office.ledger, of, days, withPayer, now, {}));
        return office.recorder.metering().toDate;
    };
    const auto november = sumsAfter(kept, closed(first, first + kLength), first + kLength);
    CHECK(inputOf(*november) == 7);
    CHECK(sumsAfter(kept, {}, first + kLength + hours{1}) == november);
    CHECK(inputOf(*sumsAfter(policy(), {}, first + kLength + hours{1})) == 7);
    // December is open before November is recorded to its end.
    const Instant december = first + 2 * kLength;
    CHECK(inputOf(*sumsAfter(kept, {}, december + minutes{1})) == 0);
    CHECK(sumsAfter(kept, {}, december + minutes{1})->period().start == december);
    CHECK(inputOf(*sumsAfter(kept, closed(first, december), december + minutes{2})) == 0);
    CHECK(inputOf(*sumsAfter(kept, closed(december, december + kLength), december + kLength)) == 7);
}

TEST_CASE("days before the period that closed last are dropped, but none from the day that is to be kept") {
    const Instant october = *parseInstant("2026-10-01T00:00:00Z");
    const Instant december = *parseInstant("2026-12-02T00:00:00Z");
    const Instant november = *parseInstant("2026-11-01T00:00:00Z");
    for (const bool wanted : {false, true}) {
        Office office;
        REQUIRE(office.update({}, october));
        const auto keepFrom = wanted ? std::optional{october + kLength} : std::nullopt;
        REQUIRE(office.update(closed(october, december), december, keepFrom));
        CHECK(office.stored().front().day == (wanted ? october + kLength : november));
        CHECK(office.stored().back().day == december - kLength);
    }
}

TEST_CASE("a ledger that fails is reported; what was published stays, and the day is recorded when it answers") {
    Office office;
    REQUIRE(office.update({}, kDay));
    const auto days = closed(kDay, kDay + kLength);
    office.client->failNextWrite(makeError(ErrorCode::Unavailable, "etcd is away"));
    CHECK_FALSE(office.update(days, kDay + kLength));
    CHECK(office.recorder.metering().problem == "etcd is away");
    CHECK(office.recorder.metering().meteredUntil == kDay);
    CHECK(office.recorder.chain() == nullptr);
    office.client->failNextWrite(makeError(ErrorCode::Conflict, "changed in between"));
    CHECK_FALSE(office.update(days, kDay + kLength));
    CHECK(office.recorder.metering().problem.empty());  // another leader wrote: no trouble, read again
    REQUIRE(office.update(days, kDay + kLength));
    CHECK(office.stored().size() == 1);
    REQUIRE(office.recorder.chain() != nullptr);
    CHECK(office.recorder.chain()->meteredUntil() == kDay + kLength);

    Office unread;
    unread.client->onNextList(makeError(ErrorCode::Forbidden, "no right to list configmaps"));
    CHECK_FALSE(unread.update(days, kDay));
    CHECK(unread.recorder.metering().problem == "no right to list configmaps");
    CHECK_FALSE(unread.recorder.metering().known);
}

TEST_CASE("a crash at any write, before or after it was stored, counts nothing twice and loses nothing") {
    constexpr int kDays = 12;
    const auto store = std::make_shared<FakeClient>();
    // The crash at the first write, at the second, … each in a life of its own, with parts and heads being written.
    for (int life = 0; life < 2 * kDays; ++life) {
        const auto client = std::make_shared<CrashingClient>(store, life % 5, life % 2 == 0);
        ledger::KubernetesLedger ledger{client, "bursar-system", 600, 900};
        MeteringRecorder recorder;
        const Instant now = kDay + (life / 2) * kLength;
        (void)recorder.update(ledger, policy(), {}, withPayer, now, {});
        (void)recorder.update(ledger, policy(), closed(kDay, now), withPayer, now, {});
        (void)recorder.update(ledger, policy(), closed(kDay, now + kLength), withPayer, now + kLength, {});
    }
    ledger::KubernetesLedger ledger{store, "bursar-system", 600, 900};
    MeteringRecorder recorder;
    const Instant end = kDay + kDays * kLength;
    REQUIRE(recorder.update(ledger, policy(), closed(kDay, end), withPayer, end, {}));
    std::vector<MeteredDay> expected;
    for (int i = 0; i < kDays; ++i) expected.push_back(withPayer(metered(kDay + i * kLength)));
    std::vector<MeteredDay> days;
    ledger.readMetering("main")->forEachDay(
        {kDay, end}, [&](const treasury::MeteredRows& day) { days.push_back(treasury::dayOf(day)); });
    CHECK(days == expected);
}

TEST_CASE("a day has the last cost centres of it, also that of a TeamQuota that was deleted") {
    PendingDays pending;
    CHECK(pending.complete(metered(kDay)) == metered(kDay));
    pending.add(standing(kDay, {{"search", "CC-1"}, {"support", "CC-2"}}));
    pending.add(standing(kDay, {{"support", "CC-3"}}));
    MeteredDay day = metered(kDay);
    day.teams["support"];
    day.teams["stranger"];
    day = pending.complete(day);
    CHECK(day.teams.at("search").costCenter == "CC-1");
    CHECK(day.teams.at("support").costCenter == "CC-3");
    CHECK(day.teams.at("stranger").costCenter.empty());
    CHECK(day.reserves.at("chat") == treasury::ReserveUse{Tokens{500}, Tokens{}});
}

TEST_CASE("a day without any decision has the values of the next decision") {
    PendingDays pending;
    pending.add(standing(kDay, {{"search", "CC-1"}}));
    pending.add(standing(kDay + 2 * kLength, {{"search", "CC-2"}}));
    CHECK(pending.complete(metered(kDay + kLength)).teams.at("search").costCenter == "CC-2");
    CHECK(pending.complete(metered(kDay + 5 * kLength)).teams.at("search").costCenter == "CC-2");
    pending.forget(kDay + 9 * kLength);
    CHECK(pending.complete(metered(kDay + 9 * kLength)).teams.at("search").costCenter == "CC-2");
}

TEST_CASE("a loan's draw on a day is the sum of the largest figure of each window, and counts once") {
    PendingDays pending;
    pending.add(standing(kDay, {}));
    for (const std::int64_t tokens : {0, 10, 30, 20}) pending.add(draw(kDay + hours{1}, tokens));
    for (const std::int64_t tokens : {0, 5, 5}) pending.add(draw(kDay + hours{2}, tokens));
    pending.add(draw(kDay + kLength, 4));
    const MeteredDay day = pending.complete(metered(kDay));
    REQUIRE(day.loans.size() == 1);
    CHECK(day.loans[0] == treasury::LoanDraw{"search", "launch", "search", "chat", Tokens{35}});
    CHECK(day.reserves.at("chat").drawn == Tokens{35});
    pending.forget(kDay + kLength);
    pending.add(draw(kDay + hours{2}, 5));  // a loan that is over reports its last window for ever
    CHECK(pending.complete(metered(kDay)).loans.empty());
    CHECK(pending.complete(metered(kDay + kLength)).loans.size() == 1);
}

TEST_CASE(
    "what is taken over from a decision: cost centres of teams with a budget, reserves of a day, draws by window") {
    auto hourly = makePolicy().pool("chat", 1000, 20);
    hourly.raw().pools[0].window = api::BudgetWindow::Hour;
    treasury::World world;
    world.policies = {hourly};
    auto search = std::make_shared<api::TeamQuota>(
        *static_cast<std::shared_ptr<const api::TeamQuota>>(makeQuota("search").forecast("chat", 500)));
    search->costCenter = "CC-1";
    auto twin = std::make_shared<api::TeamQuota>(*search);  // claims the team of the older one
    twin->meta.ns = "zz";
    twin->costCenter = "CC-9";
    world.quotas = {search, twin};
    world.namespaces["zz"] = {{"bursar.dev/team", "search"}};
    const Instant now = kDay + hours{5} + minutes{1};
    treasury::Decisions decisions = treasury::decide(world, now);
    const auto standings = dayStandings(world, decisions);
    REQUIRE(standings.size() == 1);
    CHECK(standings.at("main").day == kDay);
    CHECK(standings.at("main").costCenters == std::map<std::string, std::string>{{"search", "CC-1"}});
    CHECK(standings.at("main").reserves.at("chat") == Tokens{24 * 200});

    treasury::LoanDecision active{"search", "a", "main", "search", "chat", {}, {}, {}};
    active.outcome.phase = api::LoanPhase::Active;
    active.outcome.drawn = Tokens{3};
    active.outcome.effectiveEnd = now + hours{1};
    treasury::LoanDecision over = active;
    over.name = "b";
    over.outcome.phase = api::LoanPhase::Returned;
    treasury::LoanDecision endedNow = over;
    endedNow.outcome.effectiveEnd = now - minutes{1};  // at 05:00 sharp: it was last active in the window before
    over.outcome.effectiveEnd = kDay + hours{3} + minutes{30};
    treasury::LoanDecision endedInThis = over;
    endedInThis.outcome.effectiveEnd = now;
    decisions.loans = {active, over, endedNow, endedInThis};
    CHECK(windowDraws(world, decisions).empty());  // until the source was read, figures are what a status once said
    world.usage["main"].known = true;
    const auto draws = windowDraws(world, decisions).at("main");
    REQUIRE(draws.size() == 4);
    CHECK(draws[0].windowStart == kDay + hours{5});
    CHECK(draws[0].loan == treasury::LoanDraw{"search", "a", "search", "chat", Tokens{3}});
    CHECK(draws[1].windowStart == kDay + hours{3});
    CHECK(draws[2].windowStart == kDay + hours{4});
    CHECK(draws[3].windowStart == kDay + hours{5});
}
