#include "tests/support/ledger_cases.hpp"

#include <catch2/catch.hpp>

#include <thread>

#include "controllers/ledger/ledger_check.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/metered_days.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using api::BudgetWindow;
using Catch::Matchers::Contains;
using std::chrono::hours;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

treasury::PoolTally window(int index) { return closedWindow("chat", BudgetWindow::Hour, kDay + hours{index}, index); }

Instant dayAt(int index) { return kDay + hours{24 * index}; }

std::int64_t windowsIn(const Chain& chain) {
    treasury::Tally sum;
    for (const auto& entry : chain.entries()) {
        for (const auto& [team, tally] : entry.teams) sum += tally;
    }
    return sum.windows;
}

std::vector<treasury::MeteredDay> daysIn(const MeteringChain& chain) {
    std::vector<treasury::MeteredDay> days;
    chain.forEachDay({Instant::min(), Instant::max()},
                     [&](const treasury::MeteredRows& rows) { days.push_back(treasury::dayOf(rows)); });
    return days;
}

// A chain with two metered days and a closed statement, which is stored, too.
void closeOne(Ledger& ledger, const std::string& body) {
    MeteringChain chain = readMetering(ledger);
    chain.begin(kDay);
    chain.append(meteredDay(dayAt(0)));
    chain.append(meteredDay(dayAt(1)));
    REQUIRE(ledger.keepStatement({"main", "2026-11"}, body));
    chain.close({"2026-11", sha256Of(body)});
    REQUIRE(ledger.commit(chain));
}

}  // namespace

ledger::Chain testing::readChain(Ledger& ledger, const std::string& policy) {
    auto chain = ledger.read(policy);
    if (!chain) FAIL(chain.error().message);
    return *chain;
}

ledger::MeteringChain testing::readMetering(Ledger& ledger, const std::string& policy) {
    auto chain = ledger.readMetering(policy);
    if (!chain) FAIL(chain.error().message);
    return *chain;
}

TEST_CASE("an empty store has empty chains, no policies and no statements") {
    emptyStore();
    const auto ledger = openStore();
    CHECK(readChain(*ledger).size() == 0);
    CHECK(readMetering(*ledger).size() == 0);
    CHECK(ledger->policies()->empty());
    CHECK(ledger->statements("main")->empty());
    CHECK(ledger->statement({"main", "2026Q3"}).error().isNotFound());
}

TEST_CASE("the next process reads the commits of one process, for both kinds of chain and several policies") {
    emptyStore();
    const auto ledger = openStore();
    Chain windows = readChain(*ledger, "zeta");
    windows.append({window(0)});
    REQUIRE(ledger->commit(windows));
    windows.append({window(1)});
    REQUIRE(ledger->commit(windows));
    MeteringChain days = readMetering(*ledger, "alpha");
    days.begin(kDay);
    REQUIRE(ledger->commit(days));
    days.append(meteredDay(kDay, 900, 3, 2));
    REQUIRE(ledger->commit(days));

    const auto next = openStore();
    CHECK(readChain(*next, "zeta").entries() == windows.entries());
    CHECK(readChain(*next, "zeta").tip() == windows.tip());
    CHECK(readMetering(*next, "alpha").tip() == days.tip());
    CHECK(daysIn(readMetering(*next, "alpha")) == std::vector{meteredDay(kDay, 900, 3, 2)});
    CHECK(*next->policies() == std::vector<std::string>{"alpha", "zeta"});
    CHECK(readChain(*next, "alpha").size() == 0);
}

TEST_CASE("after folds and drops the store holds the chain and no leftovers") {
    emptyStore();
    const auto ledger = openStore();
    const auto reader = openStore();
    Chain windows = readChain(*ledger);
    for (int i = 0; i < 8 * 24 + 3; i += 3) {  // into December: hours to days, days to a month
        windows.append({window(i), window(i + 1), window(i + 2)});
        REQUIRE(ledger->commit(windows));
        CHECK(readChain(*reader).tip() == windows.tip());
    }
    CHECK(windowsIn(readChain(*openStore())) == 8 * 24 + 3);
    CHECK(readChain(*openStore()).size() == windows.size());

    MeteringChain days = readMetering(*ledger);
    days.begin(kDay);
    for (int i = 0; i < 5; ++i) days.append(meteredDay(dayAt(i)));
    days.close({"2026-10", std::string(64, 'a')});
    days.append(meteredDay(dayAt(5)));
    REQUIRE(ledger->commit(days));
    days.dropBefore(dayAt(5));
    REQUIRE(ledger->commit(days));
    const MeteringChain left = readMetering(*openStore());
    CHECK(daysIn(left) == std::vector{meteredDay(dayAt(5))});
    CHECK(left.statements() == days.statements());
    CHECK(left.begin() == days.begin());
    CHECK(left.size() == days.size());
}

TEST_CASE("of two writers one commits; the other gets Conflict, reads again and continues") {
    emptyStore();
    const auto first = openStore();
    const auto second = openStore();
    Chain a = readChain(*first);
    Chain b = readChain(*second);
    a.append({window(0)});
    b.append({window(0)});
    REQUIRE(first->commit(a));
    CHECK(second->commit(b).error().isConflict());  // both began the chain
    CHECK(second->commit(b).error().isConflict());  // it must read again
    b = readChain(*second);
    CHECK_FALSE(b.append({window(0)}));
    b.append({window(1)});
    REQUIRE(second->commit(b));
    a.append({window(1)});
    CHECK(first->commit(a).error().isConflict());  // both continued it
    a = readChain(*first);
    CHECK(a.tip() == b.tip());
    CHECK(windowsIn(a) == 2);
}

TEST_CASE("four writers at once record every window once") {
    emptyStore();
    constexpr int kWindows = 20;
    // Catch2's assertions are not thread-safe: the threads only write.
    const auto write = [] {
        const auto ledger = openStore();
        std::optional<Chain> chain;
        for (int next = 0; next < kWindows;) {
            if (!chain) {
                auto read = ledger->read("main");
                if (!read) continue;
                chain = std::move(*read);
            }
            const auto until = chain->recordedUntil().find("chat");
            if (until != chain->recordedUntil().end()) next = static_cast<int>((until->second - kDay) / hours{1});
            if (next >= kWindows) break;
            chain->append({window(next)});
            if (!ledger->commit(*chain)) chain.reset();
        }
    };
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i) writers.emplace_back(write);
    }
    CHECK(windowsIn(readChain(*openStore())) == kWindows);
}

TEST_CASE("a statement of any size is stored once and never replaced, and listed oldest first") {
    emptyStore();
    const auto ledger = openStore();
    std::string large;
    while (large.size() < 2'500'000) large += "{\"team\":\"search\",\"amount\":" + std::to_string(large.size()) + "}";
    REQUIRE(ledger->keepStatement({"main", "2026Q3"}, large));
    REQUIRE(ledger->keepStatement({"main", "2026Q2"}, "small"));
    REQUIRE(ledger->keepStatement({"other", "2026-09"}, ""));
    CHECK(ledger->keepStatement({"main", "2026Q2"}, "another").error().isAlreadyExists());
    const auto next = openStore();
    CHECK(*next->statement({"main", "2026Q3"}) == large);
    CHECK(*next->statement({"main", "2026Q2"}) == "small");
    CHECK(next->statement({"other", "2026-09"})->empty());
    CHECK(*next->statements("main") == std::vector<std::string>{"2026Q2", "2026Q3"});
}

TEST_CASE("checkPolicy reports a whole ledger: both chains and the statements") {
    emptyStore();
    const auto ledger = openStore();
    Chain windows = readChain(*ledger);
    windows.append({window(0)});
    REQUIRE(ledger->commit(windows));
    closeOne(*ledger, "the statement");
    const LedgerCheck check = checkPolicy(*ledger, "main");
    CHECK(check.problems.empty());
    CHECK(check.notes.empty());
    REQUIRE(check.whole.size() == 3);
    CHECK_THAT(check.whole[0], Contains("1 records of closed windows") && Contains(windows.tip().hash));
    CHECK_THAT(check.whole[1], Contains("4 records of metered days are whole, up to record 4"));
    CHECK_THAT(check.whole[2], Contains("1 statements"));
}

TEST_CASE("a missing closed statement is broken; a stored statement that is not recorded is a note") {
    emptyStore();
    const auto ledger = openStore();
    closeOne(*ledger, "the statement");
    MeteringChain chain = readMetering(*ledger);
    chain.close({"2026-12", sha256Of("gone")});
    REQUIRE(ledger->commit(chain));
    REQUIRE(ledger->keepStatement({"main", "2027-01"}, "just kept"));
    const LedgerCheck check = checkPolicy(*ledger, "main");
    REQUIRE(check.problems.size() == 1);
    CHECK(check.problems[0].code == ErrorCode::Internal);
    CHECK_THAT(check.problems[0].message, Contains("statement 2026-12 is broken") && Contains("gone"));
    REQUIRE(check.notes.size() == 1);
    CHECK_THAT(check.notes[0], Contains("2027-01") && Contains("not recorded yet"));
}

TEST_CASE("a statement with other bytes than when it was closed is broken") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    chain.begin(kDay);
    chain.close({"2026-11", sha256Of("what was closed")});
    REQUIRE(ledger->commit(chain));
    REQUIRE(ledger->keepStatement({"main", "2026-11"}, "what was closed!"));
    const LedgerCheck check = checkPolicy(*ledger, "main");
    REQUIRE(check.problems.size() == 1);
    CHECK_THAT(check.problems[0].message, Contains("statement 2026-11 is broken") && Contains("changed"));
}
