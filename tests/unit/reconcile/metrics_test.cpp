#include "controllers/reconcile/metrics/metrics.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/golden.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::checkGolden;
using bursar::testing::makeLoan;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using Catch::Matchers::Contains;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
const Instant kToday = *parseInstant("2026-11-24T00:00:00Z");

const json kReady = {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}}};
const json kNotReady = {
    {"conditions", {{{"type", "Ready"}, {"status", "False"}}, {{"type", "UsageFresh"}, {"status", "Unknown"}}}}};

treasury::Charges november() {
    treasury::Charges charges{*treasury::parsePlanningPeriod("2026-11"), "EUR", *parseInstant("2026-11-01T00:00:00Z"),
                              *parseInstant("2026-11-16T00:00:00Z"),     {},    {}};
    charges.teams["search"].amount = 1'250;
    return charges;
}

struct Published {
    std::string costCenter = "CC-1041";
    std::size_t maxTeams = 2000;
};

// What the reconciler does with a decision.
void publish(TreasuryMetrics& metrics, const treasury::World& world, const Published& published = {}) {
    const treasury::Decisions decisions = treasury::decide(world, kNow);
    const treasury::Charges charges = november();
    usage::PolicyUsage usage;
    usage.lastScrape = kNow - milliseconds{1500};
    FigureCollector figures{published.maxTeams};
    for (std::size_t i = 0; i < decisions.policies.size(); ++i) {
        figures.add(decisions.policies[i], *world.policies[i], kNotReady, &usage);
    }
    for (const auto& quota : decisions.quotas) {
        const bool isBilled = quota.team == "search";
        figures.add(quota, isBilled ? published.costCenter : "", quota.problems.empty() ? kReady : kNotReady,
                    isBilled ? &charges : nullptr);
    }
    for (const auto& loan : decisions.loans) figures.add(loan);
    metrics.decided(figures.take(), milliseconds{3}, kNow);
}

std::string exposed(const TreasuryMetrics& metrics) {
    telemetry::MetricRegistry registry;
    metrics.addTo(registry);
    return registry.expose();
}

treasury::World twoTeams() {
    treasury::World world;
    world.policies = {makePolicy().pool("chat", 1'000'000, 20).pool("embed", 50'000)};
    world.quotas = {makeQuota("ads").forecast("chat", 200'000),
                    makeQuota("search").forecast("chat", 300'000).forecast("embed", 20'000)};
    world.usage["main"].consumed[{"chat", "search", kToday}] = api::Tokens{310'000};
    world.loans = {
        makeLoan("search", "launch")
            .tokens(100'000)
            .created("2026-11-24T12:00:00Z")
            .from("2026-11-24T13:00:00Z", "2026-11-24T18:00:00Z"),
        makeLoan("ads", "nowhere").pool("no-such-pool").from("2026-11-25T13:00:00Z", "2026-11-25T18:00:00Z")};
    return world;
}

}  // namespace

TEST_CASE("a loan counts under its pool, and under none where its policy or its pool is not there") {
    FigureCollector figures{1};
    figures.add(treasury::decide(twoTeams(), kNow).policies[0], *twoTeams().policies[0], kReady, nullptr);
    treasury::LoanDecision loan{.ns = "search",
                                .name = "launch",
                                .policy = "main",
                                .team = "search",
                                .pool = "chat",
                                .problems = {},
                                .keptUntil = {},
                                .outcome = {}};
    CHECK(figures.add(loan) == "chat");
    loan.pool = "no-such-pool";
    CHECK(figures.add(loan).empty());
    loan.policy = "no-such-policy";
    CHECK(figures.add(loan).empty());
    const std::map<std::pair<std::string, api::LoanPhase>, int> counted = {{{"chat", loan.outcome.phase}, 1},
                                                                           {{"", loan.outcome.phase}, 1}};
    CHECK(figures.take().policies[0].loans == counted);
}

TEST_CASE("golden: the metrics of a decision") {
    TreasuryMetrics metrics;
    publish(metrics, twoTeams());
    checkGolden("treasury-metrics.txt", exposed(metrics));
}

TEST_CASE("before the first decision there are no figures") {
    const TreasuryMetrics metrics;
    const std::string text = exposed(metrics);
    CHECK_THAT(text, Contains("\nbursar_decisions_total 0\n"));
    CHECK_THAT(text, !Contains("bursar_team") && !Contains("bursar_pool"));
}

TEST_CASE("teams and policies that are gone take their series with them") {
    TreasuryMetrics metrics;
    treasury::World world = twoTeams();
    world.policies.push_back(std::shared_ptr<const api::AllocationPolicy>{makePolicy("other").pool("chat", 1'000)});
    publish(metrics, world);
    CHECK_THAT(exposed(metrics), Contains("policy=\"other\"") && Contains("team=\"ads\""));
    world.policies.pop_back();
    world.quotas.erase(world.quotas.begin());
    publish(metrics, world);
    const std::string text = exposed(metrics);
    CHECK_THAT(text, !Contains("policy=\"other\"") && !Contains("team=\"ads\""));
    CHECK_THAT(text, Contains("team=\"search\"") && Contains("\nbursar_decisions_total 2\n"));
}

TEST_CASE("what is counted of a policy or gateway begins at 0 and ends with it") {
    TreasuryMetrics metrics;
    treasury::World world = twoTeams();
    api::AllocationPolicy policy = *world.policies[0];
    policy.gateways = {{"envoy", api::GatewayType::EnvoyRateLimit, {}}, {"old", api::GatewayType::EnvoyRateLimit, {}}};
    world.policies = {std::make_shared<const api::AllocationPolicy>(policy), makePolicy("other").pool("chat", 1'000)};
    publish(metrics, world);
    CHECK_THAT(exposed(metrics),
               Contains("bursar_gateway_drift_repaired_total{policy=\"main\",gateway=\"envoy\"} 0\n") &&
                   Contains("bursar_statement_deliveries_total{policy=\"other\",result=\"failed\"} 0\n"));
    metrics.gatewayWritten("main", "envoy", 3, false);
    metrics.gatewayWritten("main", "envoy", 1, true);
    metrics.gatewayFailed("main", "old");
    metrics.usageReadFailed("other");
    metrics.ledgerFailed("main");
    metrics.statementSent("main", true);
    metrics.statementSent("main", false);
    metrics.loanDecided("main", "chat", true, "");
    metrics.loanDecided("main", "chat", false, "TooLong");
    const std::string counted = exposed(metrics);
    for (const char* series :
         {"bursar_gateway_writes_total{policy=\"main\",gateway=\"envoy\"} 4",
          "bursar_gateway_drift_repaired_total{policy=\"main\",gateway=\"envoy\"} 1",
          "bursar_gateway_errors_total{policy=\"main\",gateway=\"old\"} 1",
          "bursar_usage_read_errors_total{policy=\"other\"} 1", "bursar_ledger_errors_total{policy=\"main\"} 1",
          "bursar_statement_deliveries_total{policy=\"main\",result=\"delivered\"} 1",
          "bursar_statement_deliveries_total{policy=\"main\",result=\"failed\"} 1",
          "bursar_loan_decisions_total{policy=\"main\",pool=\"chat\",decision=\"approved\",rule=\"\"} 1",
          "bursar_loan_decisions_total{policy=\"main\",pool=\"chat\",decision=\"denied\",rule=\"TooLong\"} 1"}) {
        CHECK_THAT(counted, Contains(std::string{series} + "\n"));
    }
    policy.gateways.pop_back();
    world.policies = {std::make_shared<const api::AllocationPolicy>(policy)};
    publish(metrics, world);
    CHECK_THAT(exposed(metrics), !Contains("gateway=\"old\"") && !Contains("policy=\"other\"") &&
                                     Contains("bursar_gateway_writes_total{policy=\"main\",gateway=\"envoy\"} 4\n"));
}

TEST_CASE("teams beyond the bound have no series and are counted") {
    TreasuryMetrics metrics;
    publish(metrics, twoTeams(), {"CC-1041", 1});
    const std::string text = exposed(metrics);
    CHECK_THAT(text, Contains("\nbursar_metrics_teams_omitted 1\n"));
    CHECK_THAT(text, Contains("team=\"ads\"") && !Contains("team=\"search\""));
    CHECK_THAT(text, Contains("bursar_pool_consumed_tokens{policy=\"main\",pool=\"chat\"} 310000\n"));  // all of them
}

TEST_CASE("two TeamQuotas of a namespace for one team share a series: Prometheus refuses a scrape with two of it") {
    TreasuryMetrics metrics;
    treasury::World world = twoTeams();
    api::TeamQuota twin = *world.quotas[1];
    twin.meta.name = "twin";
    world.quotas.push_back(std::make_shared<const api::TeamQuota>(twin));
    publish(metrics, world);
    const std::string text = exposed(metrics);
    const std::string series = "bursar_team_ready{policy=\"main\",namespace=\"search\",team=\"search\"} ";
    REQUIRE_THAT(text, Contains(series + "1\n"));
    CHECK(text.find(series, text.find(series) + 1) == std::string::npos);
    const std::string granted =
        "bursar_team_granted_tokens{policy=\"main\",namespace=\"search\",team=\"search\",pool=\"chat\"} ";
    REQUIRE_THAT(text, Contains(granted));
    CHECK(text.find(granted, text.find(granted) + 1) == std::string::npos);
}

TEST_CASE("a cost centre cannot forge a line") {
    TreasuryMetrics metrics;
    publish(metrics, twoTeams(), {"CC\"} 0\nbursar_decisions_total 99", 2000});
    const std::string text = exposed(metrics);
    CHECK_THAT(text, Contains("cost_center=\"CC\\\"} 0\\nbursar_decisions_total 99\",currency=\"EUR\"} 12.5\n"));
    CHECK_THAT(text, !Contains("\nbursar_decisions_total 99"));
}

TEST_CASE("a sample of the usage source shows without a decision, and never goes back") {
    TreasuryMetrics metrics;
    const char* const name = "bursar_usage_last_sample_timestamp_seconds";
    metrics.usageSampled("main", kNow);  // no decision about the policy yet
    CHECK_THAT(exposed(metrics), !Contains(name));
    publish(metrics, twoTeams());
    CHECK_THAT(exposed(metrics), Contains(fmt::format("{}{{policy=\"main\"}} 1795526998.5", name)));
    metrics.usageSampled("main", kNow);
    metrics.usageSampled("gone", kNow);
    CHECK_THAT(exposed(metrics), Contains(fmt::format("{}{{policy=\"main\"}} 1795527000", name)));
    CHECK_THAT(exposed(metrics), !Contains("policy=\"gone\""));
    publish(metrics, twoTeams());  // by the figures of an earlier read
    CHECK_THAT(exposed(metrics), Contains(fmt::format("{}{{policy=\"main\"}} 1795527000", name)));
}
