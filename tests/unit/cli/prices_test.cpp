#include <catch2/catch.hpp>

#include <sstream>

#include "controllers/api/manifests/manifest.hpp"
#include "operator/cli/prices/prices_command.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace bursar;
using namespace bursar::cli;
using Catch::Matchers::Contains;

namespace {

const Instant kToday = *parseInstant("2026-11-24T08:00:00Z");

constexpr const char* kPolicy = R"(apiVersion: bursar.dev/v1alpha1
kind: AllocationPolicy
metadata: {name: main}
spec:
  period: Month
  pools: [{name: chat, models: ["*"], window: Day, tokensPerWindow: 1M}]
  pricing:
    currency: USD
    models:
    - {model: "gpt-4o*", effectiveFrom: "2026-01-01", inputPerMillion: "2.50", cachedInputPerMillion: "1.25", outputPerMillion: "10.00"}
    - {model: "gpt-4o-mini", effectiveFrom: "2026-01-01", inputPerMillion: "0.15", cachedInputPerMillion: "0.075", outputPerMillion: "0.60"}
    - {model: "gpt-4o-mini", effectiveFrom: "2027-01-01", inputPerMillion: "9", outputPerMillion: "9"}
    - {model: "house-llm", effectiveFrom: "2026-01-01", inputPerMillion: "1", outputPerMillion: "1"}
)";

// As LiteLLM writes it: other fields, other kinds of values, an entry that documents the form, models without a price
// in the policy.
constexpr const char* kTable = R"({
  "sample_spec": {"input_cost_per_token": 0.0, "mode": "one of: chat, embedding", "supports": [1, {"input_cost_per_token": 7}]},
  "gpt-4o": {"input_cost_per_token": 2.5e-06, "cache_read_input_token_cost": 1.25e-06, "output_cost_per_token": 1e-05, "max_tokens": 16384},
  "gpt-4o-mini": {"input_cost_per_token": 1.5E-07, "cache_read_input_token_cost": 0.000000075, "output_cost_per_token": 6e-07,
                  "tiers": [{"output_cost_per_token": 5}], "mode": "chat", "vision": true, "none": null},
  "claude": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}
})";

PriceTable tableOf(const std::string& text) {
    auto table = parsePriceTable(text);
    if (!table) FAIL(table.error().message);
    return *table;
}

// Runs the verb over a policy and a table.
struct Desk {
    testing::TemporaryDirectory folder;
    std::istringstream in;
    std::shared_ptr<testing::FakeClient> client = std::make_shared<testing::FakeClient>();
    PricesOptions options;

    Desk(const std::string& policy, const std::string& table) {
        options.files = {folder.write("policy.yaml", policy)};
        options.prices = folder.write("prices.json", table);
    }
    Answer run() {
        return runPricesCheck(options, {in, kToday, [this]() -> Result<std::shared_ptr<kube::Client>> {
                                            return std::shared_ptr<kube::Client>{client};
                                        }});
    }
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("a price per token is read as the decimal it is written as") {
    const std::pair<const char*, const char*> cases[] = {
        {"1.5e-07", "0.15"},
        {"0.00000015", "0.15"},
        {"1.5E-7", "0.15"},
        {"15e-8", "0.15"},
        {"0", "0.00"},
        {"0.0", "0.00"},
        {"0e999", "0.00"},
        {"1e-05", "10.00"},
        {"1", "1000000.00"},
        {"2.083333e-08", "0.02083333"},
        {"1e-15", "0.000000001"},
        {"7.000000000000001e-07", "0.70"},  // what binary arithmetic left behind
        {"0.5e-15", "0.00"},
        {"1.5e-15", "0.000000002"},  // half to even
        {"1e-900", "0.00"},
        {"999e0", "999000000.00"}};
    for (const auto& [text, price] : cases) {
        INFO(text);
        REQUIRE(perMillion(text));
        CHECK(formatPrice(*perMillion(text)) == price);
    }
    for (const char* text : {"", "-1", "x", "1e", "1e+", "e5", "1.2.3", ".", "NaN", "1000", "1e3", "1e9999", "0x1"}) {
        INFO(text);
        CHECK_FALSE(perMillion(text));
    }
}

TEST_CASE("a price table is read as LiteLLM writes it") {
    const PriceTable table = tableOf(kTable);
    CHECK(table.size() == 3);
    CHECK_FALSE(table.contains("sample_spec"));
    CHECK(formatPrice(*table.at("gpt-4o-mini").cachedInput) == "0.075");
    CHECK(formatPrice(*table.at("gpt-4o-mini").output) == "0.60");  // not that of a tier
    CHECK_FALSE(table.at("claude").cachedInput);
}

TEST_CASE("text that is not a price table is an error") {
    const std::pair<const char*, const char*> cases[] = {{"", "parse error"},
                                                         {"{", "parse error"},
                                                         {"[]", "not an object by model"},
                                                         {"7", "not an object by model"},
                                                         {"{}", "no model"},
                                                         {"{\"a\": 7}", "\"a\" is not an object"},
                                                         {"{\"a\": []}", "\"a\" is not an object"},
                                                         {"{\"a\": \"x\"}", "\"a\" is not an object"}};
    for (const auto& [text, why] : cases) {
        INFO(text);
        const auto table = parsePriceTable(text);
        REQUIRE_FALSE(table);
        CHECK_THAT(table.error().message, Contains(why));
    }
}

TEST_CASE("equal prices are no difference; models of one side only are listed") {
    Desk desk{kPolicy, kTable};
    const Answer answer = desk.run();
    CHECK(answer.exitCode == 0);
    CHECK(answer.out ==
          "main: 2 models of the table have a price in it; 0 prices differ (USD per million tokens)\n"
          "  house-llm: the table has no such model\n");
}

TEST_CASE("prices that differ are listed by model, under the longest glob that matches") {
    Desk desk{kPolicy, replaced(replaced(kTable, "1.5E-07", "1.6e-07"), "1e-05", "1.2e-05")};
    const Answer table = desk.run();
    CHECK(table.exitCode == 3);
    CHECK_THAT(table.out, Contains("MODEL        PRICED AS    TYPE    POLICY  TABLE") &&
                              Contains("gpt-4o       gpt-4o*      output   10.00  12.00") &&
                              Contains("gpt-4o-mini  gpt-4o-mini  input     0.15   0.16"));
    desk.options.json = true;
    const auto described = nlohmann::json::parse(desk.run().out)["policies"][0];
    CHECK(described["differences"].size() == 2);
    CHECK(described["differences"][0] == nlohmann::json{{"model", "gpt-4o"},
                                                        {"glob", "gpt-4o*"},
                                                        {"type", "output"},
                                                        {"policyPerMillion", "10.00"},
                                                        {"tablePerMillion", "12.00"}});
    CHECK(described["unknown"] == nlohmann::json{"house-llm"});
}

TEST_CASE("the day decides which price is meant") {
    Desk desk{kPolicy, kTable};
    desk.options.at = "2027-01-01";
    CHECK_THAT(desk.run().out, Contains("gpt-4o-mini  gpt-4o-mini  cached_input    9.00  0.075"));
    desk.options.at = "2025-12-31T23:59:59Z";  // nothing is valid yet
    const Answer before = desk.run();
    CHECK(before.exitCode == 0);
    CHECK_THAT(before.out, Contains("0 models"));
}

TEST_CASE("an entry without a price is listed, and never counts as 0") {
    Desk desk{kPolicy, replaced(replaced(kTable, "\"input_cost_per_token\": 2.5e-06,", ""),
                                "\"cache_read_input_token_cost\": 1.25e-06,", "")};
    const Answer answer = desk.run();
    CHECK(answer.exitCode == 0);
    CHECK_THAT(answer.out, Contains("gpt-4o: the table has no price for input, cached_input"));
    Desk negative{kPolicy, replaced(kTable, "2.5e-06", "-1")};
    CHECK_THAT(negative.run().out, Contains("gpt-4o: the table has no price for input"));
    Desk free{kPolicy, replaced(kTable, "2.5e-06", "0")};  // a price that is 0 is one
    CHECK_THAT(free.run().out, Contains("gpt-4o  gpt-4o*    input    2.50   0.00"));
}

TEST_CASE("cached input without a price of its own costs as much as input") {
    Desk desk{kPolicy, replaced(kTable, "\"cache_read_input_token_cost\": 1.25e-06,", "")};
    CHECK_THAT(desk.run().out, Contains("gpt-4o  gpt-4o*    cached_input    1.25   2.50"));
}

TEST_CASE("a multiplier takes the table into the policy's currency, exactly") {
    Desk desk{kPolicy, kTable};
    desk.options.multiplier = "0.92";
    CHECK_THAT(desk.run().out, Contains("gpt-4o-mini  gpt-4o-mini  cached_input   0.075  0.069"));
    for (const char* wrong : {"0", "-1", "x", ""}) {
        desk.options.multiplier = wrong;
        CHECK(desk.run().exitCode == 1);
    }
}

TEST_CASE("a model's name from the table cannot move the reader's cursor") {
    Desk desk{kPolicy,
              R"json({"gpt-4o\u001b[2J\n=cmd()": {"input_cost_per_token": 1, "output_cost_per_token": 1}})json"};
    const Answer answer = desk.run();
    CHECK(answer.out.find('\x1b') == std::string::npos);
    CHECK(std::count(answer.out.begin(), answer.out.end(), '\n') == 7);  // three prices, two globs unknown
}

TEST_CASE("unusable inputs exit with 2, unreadable ones with 1, both with the reason") {
    Desk broken{"kind: [", kTable};
    CHECK(broken.run().exitCode == 2);
    Desk wrong{replaced(kPolicy, "\"2.50\"", "\"2,50\""), kTable};
    CHECK_THAT(wrong.run().err, Contains("inputPerMillion"));
    CHECK(wrong.run().exitCode == 2);
    Desk noTable{kPolicy, "nonsense"};
    CHECK_THAT(noTable.run().err, Contains("prices.json: ") && Contains("parse error"));
    CHECK(noTable.run().exitCode == 2);
    Desk missing{kPolicy, kTable};
    missing.options.prices = "/nonexistent.json";
    CHECK(missing.run().exitCode == 1);
    Desk other{kPolicy, kTable};
    other.options.policy = "other";
    CHECK_THAT(other.run().err, Contains("holds no AllocationPolicy \"other\""));
    CHECK(other.run().exitCode == 1);
    Desk when{kPolicy, kTable};
    when.options.at = "tomorrow";
    CHECK(when.run().exitCode == 1);
}

TEST_CASE("the cluster's policy is checked, too") {
    Desk desk{kPolicy, kTable};
    desk.options.live = true;
    desk.options.policy = "main";
    CHECK(desk.run().exitCode == 1);  // there is no policy of that name
    const auto manifests = api::parseManifests(kPolicy, "policy.yaml");
    REQUIRE(desk.client->create({"bursar.dev", "v1alpha1", "allocationpolicies", "AllocationPolicy", false},
                                manifests.manifests[0].object));
    CHECK(desk.run().exitCode == 0);
}
