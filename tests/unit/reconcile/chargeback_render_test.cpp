#include "controllers/reconcile/status/chargeback_render.hpp"
#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::reconcile;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

Instant at(const char* text) { return *parseInstant(text); }

treasury::StatementLine line(const char* team, const char* model, api::TokenType type, std::int64_t tokens,
                             std::optional<std::int64_t> amount) {
    treasury::StatementLine made;
    made.team = team;
    made.model = model;
    made.type = type;
    made.tokens = tokens;
    made.amount = amount.value_or(0);
    if (amount) made.price = *api::parsePrice("1");
    return made;
}

treasury::Charges charges(const char* since = "2026-11-01T00:00:00Z") {
    treasury::Statement draft;
    draft.period = {api::Period::Month, 2026, 11};
    draft.currency = "EUR";
    draft.meteredUntil = at("2026-11-16T00:00:00Z");
    draft.lines = {line("search", "gpt-4o", api::TokenType::Input, 900, 1000),
                   line("search", "gpt-4o", api::TokenType::Output, 90, 25),
                   line("search", "o1", api::TokenType::CachedInput, 7, 5000),
                   line("ads", "llama", api::TokenType::Input, 5, std::nullopt)};
    return treasury::chargesOf(draft, at(since));
}

json condition(ConditionList& list, const char* type) {
    for (const json& one : list.take()) {
        if (one["type"] == type) return one;
    }
    return {};
}

const json kNothing = {{"metadata", json::object()}};
const json kNoConditions = json::array();

}  // namespace

TEST_CASE("a team sees its cost to date, by model, and where the pace leads") {
    const auto now = charges();
    json status;
    setTeamChargeback(status, "search", {&now, nullptr, {}, false}, kNothing);
    CHECK(status["summary"]["cost"] == "60.25 EUR");
    CHECK(status["chargeback"]["period"] == "2026-11");
    CHECK(status["chargeback"]["forecastAmount"] == "120.50");  // 15 of 30 days
    REQUIRE(status["chargeback"]["models"].size() == 2);
    CHECK(status["chargeback"]["models"][0]["model"] == "o1");  // the dearest first
    CHECK(status["chargeback"]["models"][1]["inputTokens"] == 900);
    CHECK(status["chargeback"]["models"][1]["outputTokens"] == 90);
    CHECK_FALSE(status["chargeback"].contains("unpricedModels"));

    json ads;
    setTeamChargeback(ads, "ads", {&now, nullptr, {}, false}, kNothing);
    CHECK(ads["chargeback"]["unpricedModels"] == json{"llama"});
    json idle;
    setTeamChargeback(idle, "nobody", {&now, nullptr, {}, false}, kNothing);
    CHECK(idle["summary"]["cost"] == "0.00 EUR");
}

TEST_CASE("in the first hour there is no pace") {
    const auto now = charges("2026-11-15T23:30:00Z");
    json status;
    setTeamChargeback(status, "search", {&now, nullptr, {}, false}, kNothing);
    CHECK_FALSE(status["chargeback"].contains("forecastAmount"));
    CHECK(treasury::expectedAmount(100, now.period.span(), at("2026-11-30T00:00:00Z"), at("2026-11-30T06:00:00Z")) ==
          400);
    CHECK(treasury::expectedAmount(INT64_MAX, now.period.span(), at("2026-11-01T00:00:00Z"),
                                   at("2026-11-02T00:00:00Z")) == INT64_MAX);
}

TEST_CASE("what is not known yet stays as the status says, conditions too") {
    const json stored = {
        {"status",
         {{"chargeback", {{"amount", "7.00"}, {"currency", "EUR"}, {"statements", {{{"period", "2026-10"}}}}}},
          {"conditions",
           {{{"type", api::condition::kModelsPriced},
             {"status", "False"},
             {"reason", api::reason::kModelsWithoutPrice},
             {"message", "m"}},
            {{"type", api::condition::kStatementsClosed},
             {"status", "True"},
             {"reason", api::reason::kUpToDate},
             {"message", "m"}}}}}}};
    json team;
    setTeamChargeback(team, "search", {}, stored);
    CHECK(team["summary"]["cost"] == "7.00 EUR");
    json status;
    ConditionList conditions{kNoConditions, 1, at("2026-11-16T00:00:00Z")};
    setPolicyChargeback(status, conditions, {}, stored);
    CHECK(status["chargeback"] == stored["status"]["chargeback"]);
    CHECK(condition(conditions, api::condition::kModelsPriced)["status"] == "False");
}

TEST_CASE("a policy says which models have no price, what waits, and what is not delivered") {
    const auto now = charges();
    PolicyStatements statements;
    statements.known = true;
    statements.closed = {{"2026-09", "aa", at("2026-10-02T00:00:00Z"), "EUR", 100},
                         {"2026-10", "bb", at("2026-11-02T00:00:00Z"), "EUR", 200}};
    Money money{&now, &statements, {{"aa", {true, at("2026-10-02T00:01:00Z"), ""}}}, true};
    const auto told = [&](const char* type) {
        json status;
        ConditionList conditions{kNoConditions, 1, at("2026-11-16T00:00:00Z")};
        setPolicyChargeback(status, conditions, money, kNothing);
        return condition(conditions, type);
    };
    CHECK_THAT(told(api::condition::kModelsPriced)["message"].get<std::string>(), Contains("llama"));
    CHECK(told(api::condition::kStatementsClosed)["status"] == "True");
    CHECK(told(api::condition::kStatementsDelivered)["reason"] == api::reason::kOnItsWay);
    money.deliveries["bb"] = {false, at("2026-11-02T00:01:00Z"), "https://finance.example/hook: HTTP 503"};
    CHECK(told(api::condition::kStatementsDelivered)["reason"] == api::reason::kNotDelivered);
    CHECK_THAT(told(api::condition::kStatementsDelivered)["message"].get<std::string>(),
               Contains("2026-10") && Contains("503"));
    money.deliveries["bb"].delivered = true;
    CHECK(told(api::condition::kStatementsDelivered)["status"] == "True");
    statements.waitingFor = "the statement of 2026-11 is due: usage is recorded until …";
    CHECK(told(api::condition::kStatementsClosed)["reason"] == api::reason::kWaitingForRecord);
    money.hasWebhook = false;
    CHECK(told(api::condition::kStatementsDelivered).is_null());

    json status;
    ConditionList conditions{kNoConditions, 1, at("2026-11-16T00:00:00Z")};
    money.hasWebhook = true;
    setPolicyChargeback(status, conditions, money, kNothing);
    CHECK(status["chargeback"]["amount"] == "60.25");
    CHECK(status["chargeback"]["statements"][0]["amount"] == "1.00");
    // What the status says is delivered is not sent again after a restart.
    const auto again = storedDeliveries({{"status", status}});
    CHECK(again.size() == 2);
    CHECK(again.at("aa") == Delivery{true, at("2026-10-02T00:01:00Z"), ""});
}
