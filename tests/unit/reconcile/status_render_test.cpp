#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/cluster/stored_status.hpp"

#include <catch2/catch.hpp>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::reconcile;
using bursar::testing::makePolicy;
using bursar::testing::makeQuota;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const Instant kNow = *parseInstant("2026-11-24T13:30:00Z");
const Instant kToday = *parseInstant("2026-11-24T00:00:00Z");

json stored(std::int64_t generation = 4) { return {{"metadata", {{"name", "quota"}, {"generation", generation}}}}; }

json conditionOf(const json& status, const std::string& type) {
    for (const json& condition : status["conditions"]) {
        if (condition["type"] == type) return condition;
    }
    return nullptr;
}

gateways::GatewayStates enforcement() {
    gateways::GatewayStates made;
    made.gateways.push_back({api::Gateway{"envoy", api::GatewayType::EnvoyRateLimit, {}},
                             {4'294'967'295, "in flight", "Closed"},
                             {},
                             kNow,
                             true});
    return made;
}

usage::PolicyUsage freshUsage() {
    usage::PolicyUsage made;
    made.known = true;
    made.lastScrape = kNow;
    return made;
}

treasury::Decisions decisionsFor(std::vector<std::shared_ptr<const api::TeamQuota>> quotas) {
    treasury::World world;
    world.policies = {makePolicy().pool("chat", 1'000'000)};
    world.quotas = std::move(quotas);
    world.usage["main"].consumed[{"chat", "search", kToday}] = api::Tokens{125'000};
    return treasury::decide(world, kNow);
}

json policyStatus(const treasury::Decisions& decisions, const PolicyFacts& facts, Instant now = kNow) {
    return renderPolicyStatus(decisions.policies[0], facts, stored(), now);
}

}  // namespace

TEST_CASE("a served team: ready, enforced, fresh, and its figures") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chat", 500'000)});
    const gateways::GatewayStates gateway = enforcement();
    const auto usage = freshUsage();
    const json status = renderQuotaStatus(decisions.quotas[0], &gateway, &usage, {}, stored(), kNow);
    CHECK(status["observedGeneration"] == 4);
    CHECK(conditionOf(status, api::condition::kReady)["status"] == "True");
    CHECK(conditionOf(status, api::condition::kEnforced)["status"] == "True");
    CHECK(conditionOf(status, api::condition::kUsageFresh)["status"] == "True");
    CHECK(conditionOf(status, api::condition::kStalled).is_null());
    CHECK(conditionOf(status, api::condition::kReconciling).is_null());
    CHECK(status["budgets"][0]["consumed"] == 125'000);
    CHECK(status["budgets"][0]["remaining"] == 375'000);
    CHECK(status["budgets"][0]["usedPercent"] == 25);
    CHECK(status["budgets"][0]["windowEnd"] == "2026-11-25T00:00:00Z");
    CHECK(status["summary"]["granted"] == "500000");
    CHECK(status["rationale"][0]["bound"] == "Claim");
    CHECK_FALSE(status["rationale"][0].contains("history"));

    const auto consumed = cluster::storedConsumption({{"status", status}});
    CHECK(consumed.at({"chat", kToday}) == api::Tokens{125'000});
}

TEST_CASE("a team with an error is stalled, with field and remedy") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chta", 1)});
    const gateways::GatewayStates gateway = enforcement();
    const json status = renderQuotaStatus(decisions.quotas[0], &gateway, nullptr, {}, stored(), kNow);
    CHECK(conditionOf(status, api::condition::kReady)["status"] == "False");
    CHECK(conditionOf(status, api::condition::kStalled)["reason"] == api::reason::kUnknownPool);
    CHECK_THAT(conditionOf(status, api::condition::kReady)["message"].get<std::string>(),
               Contains("\"chta\"") && Contains("chat"));
    CHECK_FALSE(status.contains("budgets"));
}

TEST_CASE("after a restart UsageFresh stands as it was until the source was asked") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chat", 5)});
    const gateways::GatewayStates gateway = enforcement();
    const auto usage = freshUsage();
    json object = stored();
    object["status"] = renderQuotaStatus(decisions.quotas[0], &gateway, &usage, {}, stored(), kNow);
    const Instant later = kNow + std::chrono::minutes{1};
    const json kept = renderQuotaStatus(decisions.quotas[0], &gateway, nullptr, {}, object, later);
    CHECK(conditionOf(kept, api::condition::kUsageFresh) == conditionOf(object["status"], api::condition::kUsageFresh));
    CHECK(conditionOf(kept, api::condition::kUsageFresh)["status"] == "True");

    auto failing = usage;
    failing.lastScrape = kNow - std::chrono::hours{1};
    const json asked = renderQuotaStatus(decisions.quotas[0], &gateway, &failing, {}, object, later);
    CHECK(conditionOf(asked, api::condition::kUsageFresh)["status"] == "False");
}

TEST_CASE("a gateway that cannot be written reconciles; one that cannot express the limit stalls") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chat", 5)});
    gateways::GatewayStates gateway = enforcement();
    gateway.gateways[0].report.error = makeError(ErrorCode::Unavailable, "connection refused");
    json status = renderQuotaStatus(decisions.quotas[0], &gateway, nullptr, {}, stored(), kNow);
    CHECK(conditionOf(status, api::condition::kReady)["reason"] == api::reason::kGatewayNotProgrammed);
    CHECK(conditionOf(status, api::condition::kReconciling)["status"] == "True");
    CHECK(conditionOf(status, api::condition::kUsageFresh)["status"] == "Unknown");

    gateway = enforcement();
    gateway.gateways[0].report.refusals.push_back({"search", "chat", "too much; use a shorter window"});
    status = renderQuotaStatus(decisions.quotas[0], &gateway, nullptr, {}, stored(), kNow);
    CHECK(conditionOf(status, api::condition::kStalled)["reason"] == api::reason::kLimitNotExpressible);
    CHECK_THAT(conditionOf(status, api::condition::kStalled)["message"].get<std::string>(), Contains("shorter window"));

    gateway.gateways.clear();
    status = renderQuotaStatus(decisions.quotas[0], &gateway, nullptr, {}, stored(), kNow);
    CHECK(conditionOf(status, api::condition::kReady)["reason"] == api::reason::kNoGateway);
}

TEST_CASE("the policy's status: pools, gateways, conditions") {
    const auto decisions =
        decisionsFor({makeQuota("search").forecast("chat", 500'000), makeQuota("ads").forecast("chat", 400'000)});
    const auto usage = freshUsage();
    const json status = policyStatus(decisions, {enforcement(), &usage, true});
    CHECK(status["teamCount"] == 2);
    const json& pool = status["pools"][0];
    CHECK(pool["capacity"] == 1'000'000);
    CHECK(pool["granted"] == 900'000);
    CHECK(pool["unallocated"] == 100'000);
    CHECK(pool["consumed"] == 125'000);
    CHECK(pool["level"] == "unlimited");
    CHECK(status["gateways"][0]["maxTokensPerWindow"] == 4'294'967'295);
    CHECK(status["gateways"][0]["onLimiterFailure"] == "Closed");
    CHECK(conditionOf(status, api::condition::kAccepted)["status"] == "True");
    CHECK(conditionOf(status, api::condition::kGatewayProgrammed)["status"] == "True");
    CHECK(conditionOf(status, api::condition::kOvercommitted)["status"] == "False");
}

TEST_CASE("a condition says what is stale, and since when") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chat", 500'000)});
    auto usage = freshUsage();
    usage.problem = "http://prometheus: HTTP 500";
    const auto statusAt = [&](Instant now, const std::vector<StaleResource>& stale = {}) {
        return policyStatus(decisions, {enforcement(), &usage, true, nullptr, {}, stale}, now);
    };
    CHECK(conditionOf(statusAt(kNow + usage.staleAfter), api::condition::kUsageFresh)["status"] == "True");
    const json late = conditionOf(statusAt(kNow + usage.staleAfter + Duration{1}), api::condition::kUsageFresh);
    CHECK(late["reason"] == api::reason::kStale);
    CHECK_THAT(late["message"].get<std::string>(), Contains("HTTP 500") && Contains("2026-11-24T13:30:00Z"));
    usage.doubt = usage::Doubt{api::reason::kCounterWentBack, "the counter went back"};
    CHECK(conditionOf(statusAt(kNow), api::condition::kUsageFresh)["reason"] == api::reason::kCounterWentBack);

    CHECK(conditionOf(statusAt(kNow), api::condition::kResourcesFresh)["status"] == "True");
    const json blind = conditionOf(statusAt(kNow, {{"teamquotas", kNow, "HTTP 503"}}), api::condition::kResourcesFresh);
    CHECK(blind["status"] == "False");
    CHECK_THAT(blind["message"].get<std::string>(),
               Contains("teamquotas cannot be watched since 2026-11-24T13:30:00Z: HTTP 503"));
}

TEST_CASE("the policy says whose clock is ahead, and by how much") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chat", 500'000)});
    const auto usage = freshUsage();
    const auto conditionFor = [&](const kube::ClockVerdict& clock) {
        return conditionOf(policyStatus(decisions, {enforcement(), &usage, true, nullptr, {}, {}, clock}),
                           api::condition::kClockSynchronized);
    };
    CHECK(conditionFor({true, true, Duration{0}})["status"] == "True");
    const json ahead = conditionFor({true, false, std::chrono::milliseconds{90'500}});
    CHECK(ahead["status"] == "False");
    CHECK(ahead["reason"] == api::reason::kClockSkewed);
    CHECK_THAT(ahead["message"].get<std::string>(), Contains("clock is 90 s ahead of the API server's"));
    CHECK_THAT(conditionFor({true, false, std::chrono::milliseconds{-90'500}})["message"].get<std::string>(),
               Contains("clock is 90 s behind the API server's"));
}

TEST_CASE("a stored status that is not ours to read gives nothing") {
    CHECK(cluster::storedConsumption(json::object()).empty());
    CHECK(cluster::storedConsumption({{"status", {{"budgets", "x"}}}}).empty());
    CHECK(cluster::storedConsumption({{"status", {{"budgets", {{{"pool", "chat"}, {"consumed", 5}}}}}}}).empty());
}

TEST_CASE("the policy says whether every closed window is recorded, and what to do where not") {
    const auto decisions = decisionsFor({makeQuota("search").forecast("chat", 500'000)});
    const auto usage = freshUsage();
    const auto conditionFor = [&](const PolicyRecord* record, bool wantsUsage = true) {
        return conditionOf(policyStatus(decisions, {enforcement(), &usage, wantsUsage, record}),
                           api::condition::kRecordUpToDate);
    };
    PolicyRecord record;
    record.tried = record.known = true;
    record.recordedUntil["chat"] = kToday;
    CHECK(conditionFor(&record)["status"] == "True");
    CHECK(conditionFor(&record, false)["reason"] == api::reason::kNoUsageSource);
    record.recordedUntil["chat"] = kToday - std::chrono::hours{24};
    CHECK(conditionFor(&record)["reason"] == api::reason::kWaitingForUsage);
    CHECK_THAT(conditionFor(&record)["message"].get<std::string>(), Contains("2026-11-24T00:00:00Z"));
    const auto& pools = decisions.policies[0].pools;
    CHECK_FALSE(nextLateRecord(&record, pools, kNow));
    CHECK_FALSE(nextLateRecord(nullptr, pools, kNow));
    CHECK(nextLateRecord(&record, pools, kToday) == kToday + std::chrono::minutes{5});
    record.problem = "etcd is away";
    CHECK(conditionFor(&record)["reason"] == api::reason::kLedgerNotWritten);
    record.known = false;
    record.problem = "record 5 is broken";
    CHECK(conditionFor(&record)["reason"] == api::reason::kLedgerNotRead);
    CHECK_THAT(conditionFor(&record)["message"].get<std::string>(), Contains("record 5") && Contains("ledger verify"));
}

TEST_CASE("history and haircut are remembered from the status, and decide the same without the record") {
    treasury::World world;
    auto policy = makePolicy().pool("chat", 1'000'000).enforce(api::Enforcement::Enforced);
    world.policies = {policy};
    world.quotas = {makeQuota("search").forecast("chat", 90'000)};
    world.record[{"main", "chat", "search"}] = {{"2026-10", api::Wide{90'000} * 31, api::Wide{30'000} * 31, 31, 1}};
    const auto known = treasury::decide(world, kNow);
    const json status = renderQuotaStatus(known.quotas[0], nullptr, nullptr, {}, stored(), kNow);
    world.record.clear();
    for (auto& [pool, remembered] : cluster::storedRecord({{"status", status}})) {
        world.remembered[{"main", pool, "search"}] = std::move(remembered);
    }
    const auto remembered = treasury::decide(world, kNow);
    CHECK(remembered.quotas[0].budgets[0].rationale.haircutPercent == 90);
    CHECK(renderQuotaStatus(remembered.quotas[0], nullptr, nullptr, {}, stored(), kNow) == status);
    CHECK(remembered.policies[0].limits == known.policies[0].limits);
    CHECK(cluster::storedRecord(json::object()).empty());
}
