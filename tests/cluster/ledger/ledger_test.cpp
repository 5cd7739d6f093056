// The ledger on a real API server: compare-and-swap, restart, and the sizes a ConfigMap may have.
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "tests/cluster/kube/cluster.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using api::BudgetWindow;

namespace {

const Instant kDay = *parseInstant("2026-11-01T00:00:00Z");

Chain readChain(Ledger& ledger, const std::string& policy) {
    auto chain = ledger.read(policy);
    if (!chain) FAIL(chain.error().message);
    return *chain;
}

treasury::PoolTally day(int index, const std::string& pool = "chat", int teams = 1) {
    return closedWindow(pool, BudgetWindow::Day, kDay + std::chrono::hours{24 * index}, 412'345'678 + index, teams);
}

void removeAll(kube::Client& client, const std::string& ns) {
    const auto left = client.list(kConfigMaps, {ns, "bursar.dev/ledger", "", 500});
    REQUIRE(left);
    for (const kube::Json& object : left->items) (void)client.remove(kConfigMaps, kube::keyOf(object), "", "");
}

}  // namespace

TEST_CASE("of two leaders one commits, the other is told, reads again and goes on") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "ledger-swap");
    removeAll(*client, ns);
    KubernetesLedger first{client, ns};
    KubernetesLedger second{connect(), ns};
    Chain a = readChain(first, "main");
    Chain b = readChain(second, "main");
    a.append({day(0)});
    b.append({day(0)});
    REQUIRE(first.commit(a));
    CHECK(second.commit(b).error().isConflict());  // both made the head
    b = readChain(second, "main");
    CHECK_FALSE(b.append({day(0)}));
    b.append({day(1)});
    REQUIRE(second.commit(b));
    a.append({day(1)});
    CHECK(first.commit(a).error().isConflict());  // both replaced it
    a = readChain(first, "main");
    CHECK(a.tip() == b.tip());
    CHECK(readChain(first, "other").records().empty());
    CHECK(*first.policies() == std::vector<std::string>{"main"});
}

TEST_CASE("a month of a thousand teams in two pools fits ConfigMaps, is read back, and folds") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "ledger-size");
    removeAll(*client, ns);
    KubernetesLedger ledger{client, ns};
    Chain chain = readChain(ledger, "main");
    for (int index = 0; index < 30; ++index) {
        chain.append({day(index, "chat", 1000), day(index, "embed", 1000)});
        REQUIRE(ledger.commit(chain));
    }
    const auto stored = client->list(kConfigMaps, {ns, "bursar.dev/ledger=main", "", 500});
    REQUIRE(stored);
    CHECK(stored->items.size() > 4);
    for (const kube::Json& object : stored->items) {
        CHECK(object.dump().size() < (1U << 20U));
        if (object["metadata"]["name"] == "bursar-ledger.main") continue;
        CHECK(object["immutable"] == true);
        kube::Json changed = object;
        changed["data"]["records"] = "";
        CHECK_FALSE(client->replace(kConfigMaps, changed, ""));  // whoever tries
    }
    KubernetesLedger next{connect(), ns};
    chain = readChain(next, "main");
    CHECK(chain.entries().size() == 60);
    chain.append({day(30, "chat", 1000), day(30, "embed", 1000)});  // 1 December
    REQUIRE(next.commit(chain));
    chain = readChain(next, "main");
    CHECK(chain.entries().size() == 4);
    CHECK(chain.entries()[0].teams.at("team-999").windows == 30);
    CHECK(client->list(kConfigMaps, {ns, "bursar.dev/ledger=main", "", 500})->items.size() <= 2);
}
