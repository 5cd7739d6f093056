// Every field of a status must be in the CRD: the API server drops what it does not know, without a word.
#include <catch2/catch.hpp>

#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/crd_schema.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::crdSchema;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using bursar::testing::strangers;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
using Nothing = std::vector<std::string>;

// A world in which every optional field of a status is there.
treasury::World fullWorld() {
    treasury::World world;
    world.policies = {makePolicy()
                          .pool("chat", 1'000'000)
                          .rate(60'000)
                          .bounds("search", 1000, 500'000)
                          .enforce(api::Enforcement::Enforced)};
    world.quotas = {makeQuota("search").forecast("chat", 500'000), makeQuota("ads").forecast("chat", 900'000)};
    world.record[{"main", "chat", "search"}] = {{"2026-10", api::Wide{90'000} * 31, api::Wide{30'000} * 31, 31, 0}};
    world.usage["main"].consumed[{"chat", "search", *parseInstant("2026-11-24T00:00:00Z")}] = api::Tokens{125'000};
    return world;
}

// Two models, one without a price; a statement that is delivered and one that is not.
struct FullMoney {
    treasury::Charges charges;
    PolicyStatements statements;
    Money money;

    FullMoney() {
        treasury::Statement draft;
        draft.period = {api::Period::Month, 2026, 11};
        draft.currency = "EUR";
        draft.meteredUntil = kNow;
        treasury::StatementLine line;
        line.team = "search";
        line.model = "gpt-4o";
        line.type = api::TokenType::Input;
        line.tokens = 1'000'000;
        line.price = *api::parsePrice("2.50");
        line.amount = 250;
        draft.lines = {line};
        line.model = "llama";
        line.price.reset();
        line.amount = 0;
        draft.lines.push_back(line);
        charges = treasury::chargesOf(draft, *parseInstant("2026-11-10T00:00:00Z"));
        statements.known = true;
        statements.closed = {{"2026-09", "aa", kNow, "EUR", 5}, {"2026-10", "bb", kNow, "EUR", 123'456}};
        money = {&charges, &statements, {{"aa", {true, kNow, ""}}, {"bb", {false, kNow, "HTTP 503"}}}, true};
    }
};

gateways::GatewayStates fullEnforcement() {
    gateways::GatewayStates made;
    gateways::GatewayStates::OfGateway at{
        api::Gateway{"envoy", api::GatewayType::EnvoyRateLimit, {}}, {5, "in flight", "Closed"}, {}, kNow, true};
    at.report.refusals.push_back({"ads", "chat", "too much"});
    made.gateways.push_back(at);
    at.gateway.name = "other";
    at.supported = false;
    at.report.error = makeError(ErrorCode::InvalidArgument, "not implemented");
    made.gateways.push_back(at);
    return made;
}

}  // namespace

TEST_CASE("the status of a TeamQuota is as the CRD has it") {
    const auto schema = crdSchema("teamquotas")["properties"]["status"];
    const auto decisions = treasury::decide(fullWorld(), kNow);
    const gateways::GatewayStates enforcement = fullEnforcement();
    const FullMoney full;
    for (const treasury::QuotaDecision& decision : decisions.quotas) {
        const auto status = renderQuotaStatus(decision, &enforcement, nullptr, full.money,
                                              nlohmann::json::object({{"metadata", nlohmann::json::object()}}), kNow);
        CHECK(strangers(schema, status) == Nothing{});
        CHECK(status["rationale"][0]["bound"].get<std::string>().size() > 2);
    }
    const auto search = renderQuotaStatus(decisions.quotas[1], &enforcement, nullptr, {},
                                          {{"metadata", nlohmann::json::object()}}, kNow);
    for (const char* optional : {"history", "floor", "ceiling", "tokensPerMinute"}) {
        CHECK(search["rationale"][0].contains(optional));
    }
    CHECK(search["forecastRecord"].size() == 1);
}

TEST_CASE("the status of an AllocationPolicy is as the CRD has it") {
    const auto schema = crdSchema("allocationpolicies")["properties"]["status"];
    const FullMoney full;
    const auto decisions = treasury::decide(fullWorld(), kNow);
    const auto enforcement = fullEnforcement();
    const auto status = renderPolicyStatus(decisions.policies[0], {enforcement, nullptr, true, nullptr, full.money},
                                           {{"metadata", nlohmann::json::object()}}, kNow);
    CHECK(strangers(schema, status) == Nothing{});
    CHECK(status["pools"][0].contains("tokensPerMinute"));
    CHECK(status["chargeback"]["unpricedModels"] == nlohmann::json{"llama"});
    CHECK(status["chargeback"]["statements"][0]["deliveredAt"] == "2026-11-24T13:30:00Z");
    CHECK(status["chargeback"]["statements"][1]["amount"] == "1234.56");
    CHECK(status["chargeback"]["statements"][1]["message"] == "HTTP 503");
}

TEST_CASE("the status of a BurstLoan is as the CRD has it, in every phase") {
    const auto schema = crdSchema("burstloans")["properties"]["status"];
    treasury::LoanDecision decision;
    decision.outcome.decidedAt = kNow;
    decision.outcome.effectiveEnd = kNow;
    decision.outcome.grantedRate = api::TokensPerMinute{5};
    decision.outcome.largestApprovable = api::Tokens{5};
    decision.outcome.earliestStart = kNow;
    for (const auto phase : {api::LoanPhase::Pending, api::LoanPhase::Scheduled, api::LoanPhase::Active,
                             api::LoanPhase::Returned, api::LoanPhase::Denied, api::LoanPhase::Cancelled}) {
        decision.outcome.phase = phase;
        for (const auto rule : {treasury::LoanRule::None, treasury::LoanRule::PoolExhausted}) {
            decision.outcome.rule = rule;
            for (const char* waiting : {"", "the gateway is not back"}) {
                const auto status = renderLoanStatus(decision, waiting, {{"metadata", nlohmann::json::object()}}, kNow);
                CHECK(strangers(schema, status) == Nothing{});
                for (const auto& condition : status["conditions"])
                    CHECK_FALSE(condition["reason"].get<std::string>().empty());
            }
        }
    }
}

TEST_CASE("the check itself notices a field too many and one of another type") {
    const auto schema = crdSchema("teamquotas")["properties"]["status"];
    CHECK(strangers(schema, {{"budget", 5}}).size() == 1);
    CHECK(strangers(schema, {{"observedGeneration", "5"}}).size() == 1);
    CHECK(strangers(schema, {{"budgets", {{{"granted", 5}}}}}).size() == 1);  // its pool is missing
}
