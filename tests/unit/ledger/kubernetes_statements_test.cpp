#include <catch2/catch.hpp>

#include "controllers/gateways/envoy_rate_limit.hpp"
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/ledger_check.hpp"
#include "operator/base/sha256.hpp"
#include "tests/support/crashing_client.hpp"
#include "tests/support/fake_client.hpp"

using namespace bursar;
using namespace bursar::ledger;
using bursar::testing::CrashingClient;
using bursar::testing::FakeClient;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kNamespace = "bursar-system";
const StatementName kName{"main", "2026Q3"};

// Of 100 bytes each: four parts.
const std::string kBody = std::string(100, 'a') + std::string(100, 'b') + std::string(100, 'c') + "d";

KubernetesLedger smallLedger(std::shared_ptr<kube::Client> client) { return {std::move(client), kNamespace, 100, 100}; }

}  // namespace

TEST_CASE("a statement is immutable ConfigMaps that no gateway selects, and nothing a name may not hold") {
    const auto client = std::make_shared<FakeClient>();
    REQUIRE(smallLedger(client).keepStatement(kName, kBody));
    CHECK(client->objects().size() == 4);
    CHECK(client->objects().contains({kNamespace, "bursar-statement.main.2026q3"}));
    for (const auto& [key, object] : client->objects()) {
        CHECK(object["immutable"] == true);
        CHECK(object["metadata"]["labels"]["bursar.dev/period"] == "2026Q3");
        CHECK(object["metadata"]["labels"][gateways::kManagedByLabel] != gateways::kManagedByValue);
        CHECK(key.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
    }
}

TEST_CASE("a process that dies while it keeps a statement leaves none, or all of it; the next attempt keeps its own") {
    for (int writes = 0; writes < 4; ++writes) {
        for (const bool storesTheLast : {false, true}) {
            const auto client = std::make_shared<FakeClient>();
            auto dying = smallLedger(std::make_shared<CrashingClient>(client, writes, storesTheLast));
            REQUIRE_FALSE(dying.keepStatement(kName, kBody));
            auto next = smallLedger(client);
            const bool isKept = writes == 3 && storesTheLast;
            if (isKept) {
                CHECK(*next.statement(kName) == kBody);
                CHECK(next.keepStatement(kName, "another").error().isAlreadyExists());
                continue;
            }
            CHECK(next.statement(kName).error().isNotFound());
            const std::string another = std::string(250, 'x');  // of other bytes: never mixed with what is left
            REQUIRE(next.keepStatement(kName, another));
            CHECK(*next.statement(kName) == another);
        }
    }
}

TEST_CASE("a statement that lost a part, or was changed, is broken") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = smallLedger(client);
    REQUIRE(ledger.keepStatement(kName, kBody));
    MeteringChain chain = *ledger.readMetering("main");
    chain.close({kName.period, sha256Of(kBody)});
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
