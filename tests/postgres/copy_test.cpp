// A ledger moves from Kubernetes to PostgreSQL, and back.
#include "controllers/ledger/copy_ledger.hpp"
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/ledger_check.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/crashing_client.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/metered_days.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using Catch::Matchers::Contains;
using std::chrono::hours;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

KubernetesLedger inKubernetes(std::shared_ptr<kube::Client> client) { return {std::move(client), "ns", 2000, 3000}; }

// Windows that were folded, days that were dropped, two statements.
void fill(Ledger& ledger) {
    Chain windows = readChain(ledger);
    for (int i = 0; i < 60; ++i) {
        windows.append({closedWindow("chat", api::BudgetWindow::Hour, kDay + hours{i}, i)});
    }
    REQUIRE(ledger.commit(windows));
    MeteringChain days = readMetering(ledger);
    days.begin(kDay);
    for (int i = 0; i < 5; ++i) days.append(meteredDay(kDay + hours{24 * i}));
    days.dropBefore(kDay + hours{48});
    for (const char* period : {"2026-10", "2026-11"}) {
        REQUIRE(ledger.keepStatement({"main", period}, period));
        days.close({period, sha256Of(period)});
    }
    REQUIRE(ledger.commit(days));
}

void checkSame(Ledger& a, Ledger& b) {
    CHECK(readChain(a).tip() == readChain(b).tip());
    CHECK(readChain(a).begin() == readChain(b).begin());
    CHECK(readMetering(a).tip() == readMetering(b).tip());
    CHECK(readMetering(a).begin() == readMetering(b).begin());
    CHECK(*a.statements("main") == *b.statements("main"));
    CHECK(checkPolicy(a, "main").whole == checkPolicy(b, "main").whole);
    CHECK(checkPolicy(b, "main").problems.empty());
}

}  // namespace

TEST_CASE("a copy has the same hashes in both directions, and a second copy changes nothing") {
    emptyStore();
    auto kubernetes = inKubernetes(std::make_shared<FakeClient>());
    fill(kubernetes);
    const auto postgres = openStore();
    REQUIRE(copyPolicy(kubernetes, *postgres, "main"));
    REQUIRE(copyPolicy(kubernetes, *postgres, "main"));
    checkSame(kubernetes, *openStore());
    auto back = inKubernetes(std::make_shared<FakeClient>());
    REQUIRE(copyPolicy(*openStore(), back, "main"));
    checkSame(kubernetes, back);
    Chain next = readChain(*postgres);  // and the record continues there
    next.append({closedWindow("chat", api::BudgetWindow::Hour, kDay + hours{60}, 1)});
    REQUIRE(postgres->commit(next));
}

TEST_CASE("a copy that was interrupted anywhere can be repeated") {
    emptyStore();
    const auto postgres = openStore();
    fill(*postgres);
    for (int writes = 0;; ++writes) {
        const auto client = std::make_shared<FakeClient>();
        auto dying = inKubernetes(std::make_shared<CrashingClient>(client, writes, writes % 2 == 0));
        const bool isDone = copyPolicy(*postgres, dying, "main").has_value();
        auto next = inKubernetes(client);
        REQUIRE(copyPolicy(*postgres, next, "main"));
        checkSame(*postgres, next);
        if (isDone) break;
        REQUIRE(writes < 100);
    }
}

TEST_CASE("a copy changes no other record, and copies no broken one") {
    emptyStore();
    const auto postgres = openStore();
    auto kubernetes = inKubernetes(std::make_shared<FakeClient>());
    fill(kubernetes);
    Chain other = readChain(*postgres);
    other.append({closedWindow("chat", api::BudgetWindow::Hour, kDay, 777)});
    REQUIRE(postgres->commit(other));
    const auto refused = copyPolicy(kubernetes, *postgres, "main");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().isConflict());
    CHECK_THAT(refused.error().message, Contains("other closed windows"));
    CHECK(readChain(*postgres).tip() == other.tip());
    CHECK(postgres->statements("main")->empty());
    asAdministrator(
        "ALTER TABLE bursar.record DISABLE TRIGGER USER; UPDATE bursar.record SET line = "
        "replace(line, '777', '7'); ALTER TABLE bursar.record ENABLE TRIGGER USER");
    auto empty = inKubernetes(std::make_shared<FakeClient>());
    CHECK_THAT(copyPolicy(*openStore(), empty, "main").error().message, Contains("record 1 is broken"));
    CHECK(empty.policies()->empty());
}
