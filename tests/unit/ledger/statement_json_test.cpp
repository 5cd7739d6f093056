#include "controllers/ledger/statement_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/golden.hpp"
#include "tests/support/statements.hpp"

using namespace bursar;
using bursar::testing::checkGolden;
using bursar::testing::hostileStatement;
using bursar::testing::hostileTexts;
using bursar::testing::richStatement;
using bursar::testing::yenDraft;
using Catch::Matchers::Contains;

namespace {

// The rich statement's body with one member changed.
std::string changed(const std::function<void(nlohmann::json&)>& change) {
    auto object = nlohmann::json::parse(ledger::bodyOf(richStatement()));
    change(object);
    return object.dump();
}

}  // namespace

TEST_CASE("the bytes of a statement are fixed: their SHA-256 is on the chain") {
    // A change here makes every statement that is kept look as if somebody had altered it. Raise the version instead.
    checkGolden("statement/month.json", ledger::bodyOf(richStatement()));
    checkGolden("statement/draft.json", ledger::bodyOf(yenDraft()));
}

TEST_CASE("a statement reads as it was written") {
    for (const treasury::Statement& statement : {richStatement(), yenDraft()}) {
        const std::string body = ledger::bodyOf(statement);
        const auto read = ledger::statementOf(body);
        REQUIRE(read);
        CHECK(*read == statement);
        CHECK(ledger::bodyOf(*read) == body);
    }
}

TEST_CASE("any text survives, and the bytes are ASCII") {
    for (const std::string& text : hostileTexts()) {
        CAPTURE(text);
        const std::string body = ledger::bodyOf(hostileStatement(text));
        CHECK(std::all_of(body.begin(), body.end(), [](char c) { return c >= 0x20 && c < 0x7F; }));
        const auto read = ledger::statementOf(body);
        REQUIRE(read);
        CHECK(ledger::bodyOf(*read) == body);
        if (text.find('\xFF') == std::string::npos) CHECK(*read == hostileStatement(text));
    }
}

TEST_CASE("other JSON is refused as not a statement") {
    const std::string whole = ledger::bodyOf(richStatement());
    for (std::size_t length = 0; length < whole.size(); length += 97)
        CHECK(!ledger::statementOf(whole.substr(0, length)));
    for (const char* garbage : {"", "null", "[]", "{}", "\"x\"", "{\"version\":1}", "\xFF\xFE", "{\"version\":1e99}"}) {
        CAPTURE(garbage);
        const auto read = ledger::statementOf(garbage);
        REQUIRE(!read);
        CHECK_THAT(read.error().message, Contains("the statement cannot be used: "));
    }
}

TEST_CASE("a statement with one thing wrong is refused") {
    using Json = nlohmann::json;
    const std::vector<std::function<void(Json&)>> changes = {
        [](Json& statement) { statement["version"] = 2; },
        [](Json& statement) { statement["period"] = "2026-13"; },
        [](Json& statement) { statement["closed"] = "yes"; },
        [](Json& statement) { statement["issuedAt"] = "yesterday"; },
        [](Json& statement) { statement["currency"] = "eur"; },
        [](Json& statement) { statement["currency"] = "=EUR"; },
        [](Json& statement) { statement.erase("idleShared"); },
        [](Json& statement) { statement["lines"][0]["amount"] = "12.5"; },
        [](Json& statement) { statement["lines"][0]["amount"] = "1e3.00"; },
        [](Json& statement) { statement["lines"][0]["tokens"] = 1.5; },
        [](Json& statement) { statement["lines"][0]["tokens"] = "1"; },
        [](Json& statement) { statement["lines"][0]["tokens"] = 18'000'000'000'000'000'000U; },
        [](Json& statement) { statement["lines"][0]["tokenType"] = "thought"; },
        [](Json& statement) { statement["lines"][0]["pricePerMillion"] = "-1"; },
        [](Json& statement) { statement["lines"][0]["kind"] = "Tax"; },
        [](Json& statement) { statement["lines"][0]["from"] = "2026-02-30"; },
        [](Json& statement) { statement["lines"][0]["until"] = "2026-10-01"; },
        [](Json& statement) { statement["gaps"][0]["until"] = nullptr; },
        [](Json& statement) { statement["loans"] = "none"; },
        [](Json& statement) { statement["unpricedModels"] = Json::array({1}); },
    };
    REQUIRE(ledger::statementOf(changed([](Json&) {})));
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        CHECK(!ledger::statementOf(changed(changes[i])));
    }
}
