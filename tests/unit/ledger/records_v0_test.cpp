// The record as version 0 of the stored form wrote it into ConfigMaps.
#include <catch2/catch.hpp>

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/statement_json.hpp"
#include "tests/support/example_record.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::testing;

namespace {

const std::filesystem::path kStoredV0 = std::filesystem::path{BURSAR_GOLDEN} / "records-v0/configmaps.json";
const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};

ledger::KubernetesLedger exampleLedger(std::shared_ptr<kube::Client> client) {
    return {std::move(client), "bursar-system", kExampleHeadBytes, kExamplePartBytes};
}

std::shared_ptr<FakeClient> storedV0() {
    auto client = std::make_shared<FakeClient>();
    for (const kube::Json& object : kube::Json::parse(readAll(kStoredV0))) {
        REQUIRE(client->create(kConfigMaps, object));
    }
    return client;
}

}  // namespace

TEST_CASE("a record of version 0 in ConfigMaps is read, verified and continued") {
    auto ledger = exampleLedger(storedV0());
    checkExampleRecord(ledger);
    continueExampleRecord(ledger);
}

TEST_CASE("the record of version 0 has chains and statements in several parts, and a correction") {
    const auto client = storedV0();
    std::map<std::string, int> byPrefix;
    for (const auto& [key, object] : client->objects()) ++byPrefix[key.name.substr(0, key.name.find('.'))];
    CHECK(byPrefix["bursar-metering-part"] > 1);
    CHECK(byPrefix["bursar-statement"] > 2);
    CHECK(byPrefix["bursar-ledger"] == 2);
    auto ledger = exampleLedger(client);
    const auto october = ledger::statementOf(*ledger.statement({"main", "2026-10"}));
    REQUIRE(october);
    CHECK(std::any_of(october->lines.begin(), october->lines.end(), [](const treasury::StatementLine& line) {
        return line.kind == treasury::LineKind::Correction && line.amount < 0;
    }));
}

TEST_CASE("writes tests/golden/records-v0/configmaps.json", "[.write-records]") {
    const auto client = std::make_shared<FakeClient>();
    auto ledger = exampleLedger(client);
    writeExampleRecord(ledger);
    kube::Json objects = kube::Json::array();
    for (auto [key, object] : client->objects()) {
        for (const char* field : {"resourceVersion", "uid", "generation"}) object["metadata"].erase(field);
        objects.push_back(std::move(object));
    }
    std::filesystem::create_directories(kStoredV0.parent_path());
    std::ofstream{kStoredV0} << objects.dump(1) << "\n";
}
