#include "tests/support/example_record.hpp"

#include <catch2/catch.hpp>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/ledger_check.hpp"
#include "controllers/ledger/statement_days.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/fake_client.hpp"

namespace bursar::testing {
namespace {

using api::BudgetWindow;
using api::Tokens;
using ledger::Ledger;
using std::chrono::hours;
using std::chrono::minutes;
using treasury::PoolTally;

constexpr Duration kDay = hours{24};

Instant dayOf(const char* day) { return *parseInstant(std::string{day} + "T00:00:00Z"); }

const Instant kFirstWindows = dayOf("2026-09-29");
const Instant kFirstMetered = dayOf("2026-09-14");
const Instant kFirstClose = dayOf("2026-10-02");
const Instant kEnd = dayOf("2026-11-03");
const Instant kContinuedEnd = dayOf("2026-12-02");

std::int64_t dayNumber(Instant day) { return (day - kFirstMetered) / kDay; }

// Monthly, in euros. `input` is the price of gpt-4o, which finance corrects after the first statement.
api::AllocationPolicy mainPolicy(const char* input) {
    api::AllocationPolicy policy = makePolicy().pool("chat", 10'000'000, 20).pool("embed", 5'000'000).raw();
    policy.pools[0].window = BudgetWindow::Hour;
    policy.sponsor = "Chief Technology Officer";
    policy.chargeback.financeContact = "finance@example.org";
    policy.chargeback.idleCost = api::IdleCost::Share;
    const Instant since = dayOf("2026-01-01");
    policy.pricing = {"EUR",
                      {{"gpt-4o", since, *api::parsePrice(input), *api::parsePrice("1.25"), *api::parsePrice("10.00")},
                       {"embed-*", since, *api::parsePrice("0.02"), *api::parsePrice("0.02"), *api::parsePrice("0")}}};
    return policy;
}

PoolTally windowOf(const std::string& pool, BudgetWindow length, Instant start, std::int64_t consumed) {
    PoolTally window{pool, length, treasury::windowAt(start, length), 0, {}};
    window.teams["assistant"] = {2000, 1800, consumed, 1, consumed % 5 == 0 ? 1 : 0};
    window.teams["search"] = {1000, 1000, consumed / 2, 1, 0};
    return window;
}

// The windows of the main policy that begin in [day, until), all of one day. Two hours of 21 October are a gap.
std::vector<PoolTally> mainWindows(Instant day, Instant until) {
    const Instant gap = dayOf("2026-10-21") + hours{4};
    std::vector<PoolTally> windows;
    for (Instant at = day; at < until; at += hours{1}) {
        if (at == gap) windows.push_back({"chat", BudgetWindow::Hour, {gap, gap + hours{2}}, 2, {}});
        if (at >= gap && at < gap + hours{2}) continue;
        windows.push_back(windowOf("chat", BudgetWindow::Hour, at, 700 + 13 * dayNumber(day) + (at - day) / hours{1}));
    }
    if (until == day + kDay) windows.push_back(windowOf("embed", BudgetWindow::Day, day, 90'000 + dayNumber(day)));
    return windows;
}

void recordMainWindows(Ledger& ledger, Instant from, Instant until) {
    auto chain = ledger.read("main");
    REQUIRE(chain);
    for (Instant day = from; day < until; day += kDay) {
        chain->append(mainWindows(day, std::min<Instant>(day + kDay, until)));
        REQUIRE(ledger.commit(*chain));
    }
}

treasury::MeteredDay mainDay(Instant day) {
    const std::int64_t n = dayNumber(day);
    treasury::MeteredDay metered{day, {}, {}, {}, {}};
    metered.teams["assistant"] = {"CC-2007",
                                  {{{"chat", "gpt-4o"}, {Tokens{2'000'000 + n}, Tokens{300'000}, Tokens{150'000 + n}}},
                                   {{"chat", "größe \"1\""}, {Tokens{7}, {}, Tokens{n}}}}};
    metered.teams["search"] = {"CC-1001",
                               {{{"chat", "gpt-4o"}, {Tokens{900'000 + 2 * n}, {}, Tokens{40'000}}},
                                {{"embed", "embed-3"}, {Tokens{50'000'000 + n}, {}, {}}}}};
    if (n % 7 == 0) metered.teams["visitor"] = {"", {{{"chat", "gpt-4o"}, {Tokens{11}, {}, Tokens{5}}}}};
    if (day == dayOf("2026-10-10")) metered.loans = {{"search", "launch", "search", "chat", Tokens{120'000}}};
    if (day == dayOf("2026-10-21")) metered.gaps = {{day + hours{4}, day + hours{6}, "Prometheus was down."}};
    metered.reserves["chat"] = {Tokens{2'000'000}, Tokens{metered.loans.empty() ? 0 : 120'000}};
    return metered;
}

void recordMainDays(Ledger& ledger, Instant from, Instant until) {
    auto chain = ledger.readMetering("main");
    REQUIRE(chain);
    chain->begin(from);
    for (Instant day = from; day < until; day += kDay) {
        chain->append(mainDay(day));
        REQUIRE(ledger.commit(*chain));
    }
}

void closeNext(Ledger& ledger, const api::AllocationPolicy& policy, Instant now) {
    const std::string& name = policy.meta.name;
    const auto windows = ledger.read(name);
    auto days = ledger.readMetering(name);
    REQUIRE((windows && days));
    const auto period = ledger::nextToClose(policy, *days, now);
    REQUIRE(period);
    const auto usage = ledger::sumUsage(policy, *days, ledger::daysOf(*period, *days));
    treasury::StatementInputs inputs{policy, *period, usage, treasury::closedPeriods(policy, windows->entries())};
    std::optional<treasury::Statement> before;
    std::optional<treasury::UsageSums> usageBefore;
    if (const auto last = ledger::correctedWith(*period, *days)) {
        before = *ledger::statementOf(*ledger.statement({name, last->toString()}));
        usageBefore = ledger::sumUsage(policy, *days, ledger::daysOf(*last, *days));
        inputs.before = &*before;
        inputs.usageBefore = &*usageBefore;
    }
    const std::string body = ledger::bodyOf(treasury::closeStatement(inputs));
    REQUIRE(ledger.keepStatement({name, period->toString()}, body));
    days->close({period->toString(), sha256Of(body)});
    REQUIRE(ledger.commit(*days));
}

void recordResearch(Ledger& ledger) {
    auto windows = ledger.read("research");
    auto days = ledger.readMetering("research");
    REQUIRE((windows && days));
    const Instant day = kEnd - kDay;
    for (int minute = 0; minute < 60; ++minute) {
        windows->append({windowOf("lab", BudgetWindow::Minute, day + minutes{minute}, minute)});
    }
    REQUIRE(ledger.commit(*windows));
    days->begin(day);
    treasury::MeteredDay metered{day, {}, {}, {}, {}};
    metered.teams["lab-1"] = {"CC-3300", {{{"lab", "llama-4"}, {Tokens{1}, Tokens{2}, Tokens{3}}}}};
    days->append(metered);
    REQUIRE(ledger.commit(*days));
}

void checkWhole(Ledger& ledger, const std::string& policy) {
    const ledger::LedgerCheck check = ledger::checkPolicy(ledger, policy);
    for (const Error& problem : check.problems) FAIL_CHECK(problem.message);
    CHECK(check.notes.empty());
}

std::vector<treasury::MeteredDay> daysIn(const ledger::MeteringChain& chain) {
    std::vector<treasury::MeteredDay> days;
    chain.forEachDay({Instant::min(), Instant::max()},
                     [&](const treasury::MeteredRows& rows) { days.push_back(treasury::dayOf(rows)); });
    return days;
}

void checkSameContent(Ledger& ledger, Ledger& expected, const std::string& policy) {
    const auto windows = ledger.read(policy);
    const auto days = ledger.readMetering(policy);
    REQUIRE((windows && days));
    const auto expectedDays = *expected.readMetering(policy);
    CHECK((windows->entries() == expected.read(policy)->entries()));
    CHECK(windows->recordedUntil() == expected.read(policy)->recordedUntil());
    CHECK((daysIn(*days) == daysIn(expectedDays)));
    CHECK(days->meteredUntil() == expectedDays.meteredUntil());
    const auto periods = ledger.statements(policy);
    REQUIRE(periods);
    CHECK(*periods == *expected.statements(policy));
    for (const std::string& period : *periods) {
        CHECK(days->statements().contains(period));
        const auto statement = ledger::statementOf(*ledger.statement({policy, period}));
        REQUIRE(statement);
        CHECK((*statement == *ledger::statementOf(*expected.statement({policy, period}))));
    }
}

}  // namespace

void writeExampleRecord(Ledger& ledger) {
    recordMainWindows(ledger, kFirstWindows, kEnd - hours{18});
    recordMainDays(ledger, kFirstMetered, kFirstClose);
    closeNext(ledger, mainPolicy("2.50"), kFirstClose);
    recordMainDays(ledger, kFirstClose, kEnd);
    closeNext(ledger, mainPolicy("2.00"), kEnd);
    recordResearch(ledger);
}

void checkExampleRecord(Ledger& ledger) {
    const std::vector<std::string> policies{"main", "research"};
    REQUIRE(ledger.policies());
    CHECK(*ledger.policies() == policies);
    ledger::KubernetesLedger expected{std::make_shared<FakeClient>(), "bursar-system"};
    writeExampleRecord(expected);
    for (const std::string& policy : policies) {
        checkWhole(ledger, policy);
        checkSameContent(ledger, expected, policy);
    }
}

void continueExampleRecord(Ledger& ledger) {
    const std::string september = *ledger.statement({"main", "2026-09"});
    const std::string october = *ledger.statement({"main", "2026-10"});
    recordMainWindows(ledger, kEnd - kDay, kContinuedEnd);
    recordMainDays(ledger, kEnd, kContinuedEnd);
    closeNext(ledger, mainPolicy("2.00"), kContinuedEnd);
    checkWhole(ledger, "main");
    CHECK(*ledger.statements("main") == std::vector<std::string>{"2026-09", "2026-10", "2026-11"});
    CHECK(*ledger.statement({"main", "2026-09"}) == september);
    CHECK(*ledger.statement({"main", "2026-10"}) == october);
    CHECK(ledger.read("main")->recordedUntil().at("chat") == kContinuedEnd);
    CHECK(ledger.readMetering("main")->meteredUntil() == kContinuedEnd);
}

}  // namespace bursar::testing
