// The ledger as a model: windows close, processes die at any write, two processes write at once. After any of it, the
// stored chain verifies and has the same record of every window as a run without crashes.
#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "tests/property/holds.hpp"
#include "tests/support/crashing_client.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using api::BudgetWindow;
using bursar::testing::closedWindow;
using bursar::testing::CrashingClient;
using bursar::testing::FakeClient;
using bursar::testing::holds;
using treasury::PoolTally;

namespace {

const Instant kStart = *parseInstant("2026-11-28T00:00:00Z");  // a week that spans a month's end
constexpr int kWindows = 7 * 24;
constexpr std::size_t kHeadBytes = 3000;
constexpr std::size_t kPartBytes = 4000;

PoolTally hour(int index) {
    return closedWindow("chat", BudgetWindow::Hour, kStart + std::chrono::hours{index}, index, 1 + index % 3);
}

// All windows of [from, until), one day at a time, as the LedgerRecorder does.
bool appendAll(Chain& chain, int from, int until) {
    bool fresh = false;
    for (int i = from; i < until;) {
        std::vector<PoolTally> batch;
        do {
            batch.push_back(hour(i++));
        } while (i < until && i % 24 != 0);
        fresh = chain.append(std::move(batch)) || fresh;
    }
    return fresh;
}

// The life of one leader: it takes over, records everything up to `until`, and may die before it is done.
void live(std::shared_ptr<kube::Client> client, int until) {
    KubernetesLedger ledger{std::move(client), "bursar-system", kHeadBytes, kPartBytes};
    auto chain = ledger.read("main");
    if (!chain) return;
    for (int i = 0; i < until; i += 5) {
        if (appendAll(*chain, i, std::min(i + 5, until)) && !ledger.commit(*chain)) return;
    }
}

std::map<std::string, treasury::Tally> sumsOf(const std::vector<PoolTally>& entries) {
    std::map<std::string, treasury::Tally> sums;
    for (const PoolTally& entry : entries) {
        for (const auto& [team, tally] : entry.teams) sums[team] += tally;
    }
    return sums;
}

std::map<std::string, treasury::Tally> expected(int until) {
    std::vector<PoolTally> entries;
    for (int i = 0; i < until; ++i) entries.push_back(hour(i));
    return sumsOf(entries);
}

Chain stored(const std::shared_ptr<FakeClient>& store) {
    KubernetesLedger ledger{store, "bursar-system", kHeadBytes, kPartBytes};
    auto chain = ledger.read("main");
    if (!chain) RC_FAIL(chain.error().message);
    return *chain;
}

}  // namespace

TEST_CASE("folding in any grouping gives the same sums") {
    holds("folding", [](std::vector<std::uint8_t> cuts) {
        const auto day = [](Instant at) { return treasury::windowAt(at, BudgetWindow::Day); };
        std::vector<PoolTally> steps;
        std::vector<PoolTally> all;
        for (int i = 0; i < 60; ++i) {
            all.push_back(hour(i));
            steps.push_back(hour(i));
            if (!cuts.empty() && cuts[static_cast<std::size_t>(i) % cuts.size()] % 3 == 0) {
                steps = treasury::fold(std::move(steps), day);
            }
        }
        RC_ASSERT(treasury::fold(std::move(steps), treasury::monthAt) ==
                  treasury::fold(std::move(all), treasury::monthAt));
    });
}

TEST_CASE("a crash between any two writes loses nothing and counts nothing twice") {
    holds("crashes between writes", [](std::vector<std::pair<std::uint8_t, bool>> deaths) {
        const auto store = std::make_shared<FakeClient>();
        int until = 0;
        for (const auto& [writes, storesTheLast] : deaths) {
            until = std::min(kWindows, until + 1 + writes % 30);
            auto client = std::make_shared<CrashingClient>(store, writes % 7, storesTheLast);
            live(client, until);
            (void)stored(store);  // verifies the chain
        }
        live(store, kWindows);
        const Chain chain = stored(store);
        RC_ASSERT(sumsOf(chain.entries()) == expected(kWindows));
        RC_ASSERT(chain.recordedUntil().at("chat") == kStart + std::chrono::hours{kWindows});
        // After the next commit, the store has no part that the chain does not name.
        KubernetesLedger ledger{store, "bursar-system", kHeadBytes, kPartBytes};
        auto last = ledger.read("main");
        last->append({hour(kWindows)});
        RC_ASSERT(!!ledger.commit(*last));
        RC_ASSERT(store->objects().size() <= 8u);
    });
}

TEST_CASE("two writers at once never fork the chain") {
    holds("two writers", [](std::vector<std::uint8_t> turns) {
        const auto store = std::make_shared<FakeClient>();
        std::vector<KubernetesLedger> ledgers;
        for (int i = 0; i < 2; ++i) ledgers.emplace_back(store, "bursar-system", kHeadBytes, kPartBytes);
        std::vector<std::optional<Chain>> chains(2);
        int until = 0;
        for (const std::uint8_t turn : turns) {
            const std::size_t who = turn % 2;
            if (!chains[who]) {
                auto read = ledgers[who].read("main");
                RC_ASSERT(!!read);
                chains[who] = *read;
                continue;
            }
            until = std::min(kWindows, until + turn % 5);
            if (!appendAll(*chains[who], 0, until)) continue;
            if (!ledgers[who].commit(*chains[who])) chains[who].reset();
            (void)stored(store);
        }
        live(store, kWindows);
        RC_ASSERT(sumsOf(stored(store).entries()) == expected(kWindows));
    });
}
