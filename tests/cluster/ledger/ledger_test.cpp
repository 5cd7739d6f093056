// The ledger on a real API server: the cases every store must pass, and the sizes a ConfigMap may have.
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "tests/cluster/kube/cluster.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using api::BudgetWindow;

namespace {

const Instant kDay = *parseInstant("2026-11-01T00:00:00Z");

treasury::PoolTally day(int index, const std::string& pool = "chat", int teams = 1) {
    return closedWindow(pool, BudgetWindow::Day, kDay + std::chrono::hours{24 * index}, 412'345'678 + index, teams);
}

constexpr const char* kCases = "ledger-cases";

void removeAll(kube::Client& client, const std::string& ns) {
    for (const char* label : {"bursar.dev/ledger", "bursar.dev/metering", "bursar.dev/statement"}) {
        const auto left = client.list(kConfigMaps, {ns, label, "", 500});
        REQUIRE(left);
        for (const kube::Json& object : left->items) (void)client.remove(kConfigMaps, kube::keyOf(object), "", "");
    }
}

}  // namespace

void testing::emptyStore() {
    const auto client = connect();
    removeAll(*client, freshNamespace(*client, kCases));
}

std::unique_ptr<Ledger> testing::openStore() { return std::make_unique<KubernetesLedger>(connect(), kCases); }

TEST_CASE("a month of a thousand teams in two pools fits ConfigMaps, is read back, and folds") {
    auto client = connect();
    const std::string ns = freshNamespace(*client, "ledger-size");
    removeAll(*client, ns);
    KubernetesLedger ledger{client, ns};
    Chain chain = readChain(ledger);
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
        CHECK_FALSE(client->replace(kConfigMaps, changed, ""));  // not even an administrator
    }
    KubernetesLedger next{connect(), ns};
    chain = readChain(next);
    CHECK(chain.entries().size() == 60);
    chain.append({day(30, "chat", 1000), day(30, "embed", 1000)});  // 1 December
    REQUIRE(next.commit(chain));
    chain = readChain(next);
    CHECK(chain.entries().size() == 4);
    CHECK(chain.entries()[0].teams.at("team-999").windows == 30);
    CHECK(client->list(kConfigMaps, {ns, "bursar.dev/ledger=main", "", 500})->items.size() <= 2);
}
