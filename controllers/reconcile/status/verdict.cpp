#include "controllers/reconcile/status/verdict.hpp"

#include <fmt/format.h>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"

namespace bursar::reconcile {
namespace {

using nlohmann::json;

Verdict usageOf(const usage::PolicyUsage* usage, Instant now) {
    if (usage == nullptr) return {false, api::reason::kNotYetRead, "the usage source has not been read yet"};
    if (usage->isFresh(now)) return {true, api::reason::kFresh, "consumption is current"};
    const std::string stale = usage->lastScrape == Instant{} ? api::reason::kNeverSeen : api::reason::kStale;
    return {false, usage->doubt ? usage->doubt->reason : stale,
            usage->staleness(now) + "; consumption shown is the last that was known, limits stay in force"};
}

}  // namespace

void setCondition(ConditionList& conditions, const char* type, const Verdict& verdict) {
    conditions.set(type, conditionValue(verdict.good), verdict.reason, verdict.message);
}

std::string_view conditionValue(bool value) { return value ? "True" : "False"; }

void setReadiness(ConditionList& conditions, const std::vector<treasury::Problem>& problems, const Verdict& verdict) {
    const Verdict ready = problems.empty() ? verdict : Verdict{false, problems.front().reason, allMessages(problems)};
    setCondition(conditions, api::condition::kReady, ready);
    if (ready.good) return;
    const bool retried = ready.reason == api::reason::kGatewayNotProgrammed;
    conditions.set(retried ? api::condition::kReconciling : api::condition::kStalled, "True", ready.reason,
                   ready.message);
}

void setUsageFresh(ConditionList& conditions, const usage::PolicyUsage* usage, Instant now) {
    if (usage == nullptr && conditions.keep(api::condition::kUsageFresh)) return;
    const Verdict fresh = usageOf(usage, now);
    conditions.set(api::condition::kUsageFresh, usage == nullptr ? "Unknown" : conditionValue(fresh.good), fresh.reason,
                   fresh.message);
}

std::optional<Verdict> gatewayFailure(const gateways::GatewayStates::OfGateway& at) {
    if (!at.report.error) return std::nullopt;
    return Verdict{false, api::reason::kGatewayNotProgrammed,
                   fmt::format("gateway \"{}\": {}", at.gateway.name, at.report.error->message)};
}

std::string allMessages(const std::vector<treasury::Problem>& problems) {
    std::string text;
    for (const treasury::Problem& problem : problems) text += (text.empty() ? "" : "; ") + problem.toString();
    return text;
}

json storedConditions(const json& object) {
    const auto status = object.find("status");
    return status != object.end() && status->is_object() ? status->value("conditions", json::array()) : json::array();
}

std::int64_t generationOf(const json& object) { return object["metadata"].value("generation", std::int64_t{0}); }

}  // namespace bursar::reconcile
