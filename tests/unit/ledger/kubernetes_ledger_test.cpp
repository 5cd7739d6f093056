#include "controllers/ledger/kubernetes_ledger.hpp"

#include <catch2/catch.hpp>

#include "controllers/gateways/envoy_rate_limit/envoy_rate_limit.hpp"
#include "controllers/ledger/ledger_check.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/crashing_client.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using api::BudgetWindow;
using bursar::testing::closedWindow;
using bursar::testing::CrashingClient;
using bursar::testing::FakeClient;
using bursar::testing::readChain;
using Catch::Matchers::Contains;
using std::chrono::minutes;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
constexpr const char* kNamespace = "bursar-system";

// Sizes at which a few windows already need parts.
KubernetesLedger smallLedger(std::shared_ptr<kube::Client> client) {
    return {std::move(client), kNamespace, 2000, 3000};
}

treasury::PoolTally minute(int index) {
    return closedWindow("chat", BudgetWindow::Minute, kDay + minutes{index}, index);
}

void record(Ledger& ledger, int from, int until) {
    Chain chain = readChain(ledger);
    for (int i = from; i < until; ++i) {
        chain.append({minute(i)});
        REQUIRE(ledger.commit(chain));
    }
}

std::size_t windowsIn(const Chain& chain) {
    treasury::Tally sum;
    for (const auto& entry : chain.entries()) {
        for (const auto& [team, tally] : entry.teams) sum += tally;
    }
    return static_cast<std::size_t>(sum.windows);
}

// Of 100 bytes each: four parts.
const StatementName kStatement{"main", "2026Q3"};
const std::string kBody = std::string(100, 'a') + std::string(100, 'b') + std::string(100, 'c') + "d";

KubernetesLedger tinyLedger(std::shared_ptr<kube::Client> client) { return {std::move(client), kNamespace, 100, 100}; }

std::shared_ptr<FakeClient> casesStore;

}  // namespace

// For the cases of ledger_cases.cpp.
void bursar::testing::emptyStore() { casesStore = std::make_shared<FakeClient>(); }

std::unique_ptr<Ledger> bursar::testing::openStore() {
    return std::make_unique<KubernetesLedger>(casesStore, kNamespace, 2000, 3000);
}

TEST_CASE("a small ledger is the head alone") {
    const auto client = std::make_shared<FakeClient>();
    KubernetesLedger ledger{client, kNamespace};
    record(ledger, 0, 3);
    CHECK(client->objects().size() == 1);
    CHECK(windowsIn(readChain(ledger)) == 3);
}

TEST_CASE("a ledger that was opened for reading reads, and writes nothing") {
    const auto client = std::make_shared<FakeClient>();
    KubernetesLedger writing{client, kNamespace};
    record(writing, 0, 3);
    const int writes = client->writes();
    const auto reading = KubernetesLedger::toRead(client, kNamespace);
    const Chain chain = readChain(*reading);
    CHECK(windowsIn(chain) == 3);
    CHECK(reading->commit(chain).error().code == ErrorCode::InvalidArgument);
    CHECK(reading->keepStatement({"main", "2026-11"}, "{}").error().code == ErrorCode::InvalidArgument);
    CHECK(client->writes() == writes);
}

TEST_CASE("the gateway's informer does not select the ledger") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = smallLedger(client);
    record(ledger, 0, 10);
    CHECK(client->objects().size() == 2);
    for (const auto& [key, object] : client->objects()) {
        CHECK(object["metadata"]["labels"][gateways::kManagedByLabel] != gateways::kManagedByValue);
        CHECK_FALSE(object["metadata"]["labels"].contains(gateways::kGatewayLabel));
    }
}

TEST_CASE("older records move to immutable parts, and a fold removes the parts it replaced") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = smallLedger(client);
    record(ledger, 0, 60);
    std::size_t parts = 0;
    for (const auto& [key, object] : client->objects()) {
        const std::string text = object["data"].value("records", "");
        CHECK(text.size() <= 3000);
        if (object.value("immutable", false)) ++parts;
    }
    CHECK(parts == client->objects().size() - 1);
    CHECK(parts > 5);
    CHECK(windowsIn(readChain(ledger)) == 60);
    record(ledger, 24 * 60, 24 * 60 + 1);  // the day is over: one record for it, one window of the new one
    CHECK(readChain(ledger).records().size() == 2);
    CHECK(windowsIn(readChain(ledger)) == 61);
    CHECK(client->objects().size() == 1);
}

TEST_CASE("a commit removes parts of past generations, and leaves parts that another leader may be about to name") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = smallLedger(client);
    record(ledger, 0, 3);
    // A leader that made its parts and died before it replaced the head.
    const auto dying = std::make_shared<CrashingClient>(client, 1, false);
    auto dead = smallLedger(dying);
    Chain lost = readChain(dead);
    for (int i = 3; i < 20; ++i) lost.append({minute(i)});
    REQUIRE_FALSE(dead.commit(lost));
    const auto before = client->objects();
    const auto orphan = [&] {
        std::string name;
        for (const auto& [key, object] : before) {
            if (object["metadata"]["annotations"]["bursar.dev/ledger-generation"] == "4") name = key.name;
        }
        return name;
    }();
    REQUIRE_FALSE(orphan.empty());
    record(ledger, 3, 4);  // reads at generation 3, commits 4: the orphan might be what the other names with 4
    CHECK(client->objects().contains({kNamespace, orphan}));
    record(ledger, 4, 5);
    CHECK_FALSE(client->objects().contains({kNamespace, orphan}));
    CHECK(windowsIn(readChain(ledger)) == 5);
}

TEST_CASE("a missing head beside parts is an error, not an empty chain") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = smallLedger(client);
    record(ledger, 0, 10);
    REQUIRE(client->remove(gateways::configMapResource(), {kNamespace, "bursar-ledger.main"}, "", ""));
    const auto read = ledger.read("main");
    REQUIRE_FALSE(read);
    CHECK_THAT(read.error().message, Contains("bursar-ledger.main") && Contains("is gone") && Contains("backup"));
}

TEST_CASE("reading names an object that was changed by hand") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = smallLedger(client);
    record(ledger, 0, 10);
    for (const auto& [key, object] : client->objects()) {
        kube::Json changed = object;
        if (!changed.value("immutable", false)) {
            changed["data"]["head"] = "nonsense";
            REQUIRE(client->replace(gateways::configMapResource(), changed, ""));
            CHECK_THAT(ledger.read("main").error().message, Contains("cannot be used"));
            kube::Json restored = client->objects().at(key);
            restored["data"] = object["data"];
            REQUIRE(client->replace(gateways::configMapResource(), restored, ""));
        } else {
            REQUIRE(client->remove(gateways::configMapResource(), key, "", ""));
            CHECK_THAT(ledger.read("main").error().message, Contains("is broken"));
            REQUIRE(client->create(gateways::configMapResource(), object));
        }
    }
    CHECK(windowsIn(readChain(ledger)) == 10);
}

TEST_CASE("a record that is too large for a ConfigMap is refused with a reason") {
    const auto client = std::make_shared<FakeClient>();
    KubernetesLedger ledger{client, kNamespace};
    Chain chain = readChain(ledger);
    chain.append({closedWindow("chat", BudgetWindow::Day, kDay, 1'000'000'000, 40'000)});
    CHECK_THAT(ledger.commit(chain).error().message, Contains("too many teams in one pool"));
    CHECK_THAT(ledger.read(std::string(64, 'a')).error().message, Contains("63"));
}

TEST_CASE("a statement is immutable ConfigMaps with valid names that no gateway selects") {
    const auto client = std::make_shared<FakeClient>();
    REQUIRE(tinyLedger(client).keepStatement(kStatement, kBody));
    CHECK(client->objects().size() == 4);
    CHECK(client->objects().contains({kNamespace, "bursar-statement.main.2026q3"}));
    for (const auto& [key, object] : client->objects()) {
        CHECK(object["immutable"] == true);
        CHECK(object["metadata"]["labels"]["bursar.dev/period"] == "2026Q3");
        CHECK(object["metadata"]["labels"][gateways::kManagedByLabel] != gateways::kManagedByValue);
        CHECK(key.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
    }
}

TEST_CASE("a process that dies while it stores a statement leaves all of it or none; the next attempt stores its own") {
    for (int writes = 0; writes < 4; ++writes) {
        for (const bool storesTheLast : {false, true}) {
            const auto client = std::make_shared<FakeClient>();
            auto dying = tinyLedger(std::make_shared<CrashingClient>(client, writes, storesTheLast));
            REQUIRE_FALSE(dying.keepStatement(kStatement, kBody));
            auto next = tinyLedger(client);
            const bool isKept = writes == 3 && storesTheLast;
            if (isKept) {
                CHECK(*next.statement(kStatement) == kBody);
                CHECK(next.keepStatement(kStatement, "another").error().isAlreadyExists());
                continue;
            }
            CHECK(next.statement(kStatement).error().isNotFound());
            const std::string another =
                std::string(250, 'x');  // other bytes: never mixed with the parts of the first attempt
            REQUIRE(next.keepStatement(kStatement, another));
            CHECK(*next.statement(kStatement) == another);
        }
    }
}

TEST_CASE("a statement with a missing or changed part is broken") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = tinyLedger(client);
    REQUIRE(ledger.keepStatement(kStatement, kBody));
    MeteringChain chain = *ledger.readMetering("main");
    chain.close({kStatement.period, sha256Of(kBody)});
    REQUIRE(ledger.commit(chain));
    REQUIRE(checkPolicy(ledger, "main").problems.empty());
    for (const auto& [key, object] : client->objects()) {
        if (!object["metadata"]["labels"].contains("bursar.dev/statement")) continue;
        REQUIRE(client->remove(gateways::configMapResource(), key, "", ""));
        auto check = checkPolicy(ledger, "main");
        REQUIRE(check.problems.size() == 1);
        CHECK_THAT(check.problems[0].message, Contains("statement 2026Q3 is broken") && Contains("gone"));
        kube::Json changed = object;
        changed["data"]["statement"] = "x";
        REQUIRE(client->create(gateways::configMapResource(), changed));
        check = checkPolicy(ledger, "main");
        REQUIRE(check.problems.size() == 1);
        CHECK_THAT(check.problems[0].message, Contains("statement 2026Q3 is broken") && Contains("changed"));
        REQUIRE(client->remove(gateways::configMapResource(), key, "", ""));
        REQUIRE(client->create(gateways::configMapResource(), object));
    }
    CHECK(checkPolicy(ledger, "main").problems.empty());
}
