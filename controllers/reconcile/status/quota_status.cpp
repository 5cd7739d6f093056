// The status of a TeamQuota.
#include <fmt/format.h>

#include <functional>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/reconcile/status/verdict.hpp"

namespace bursar::reconcile {
namespace {

using nlohmann::json;
using treasury::Budget;

// Whether every gateway of the policy enforces the team's limits.
Verdict enforcementOf(const std::string& team, const gateways::GatewayStates& enforcement) {
    if (enforcement.gateways.empty()) {
        return {false, api::reason::kNoGateway, "the AllocationPolicy names no gateway, so nothing enforces the grant"};
    }
    for (const auto& at : enforcement.gateways) {
        if (auto failure = gatewayFailure(at)) return std::move(*failure);
        for (const gateways::Refusal& refusal : at.report.refusals) {
            if (refusal.team == team) {
                return {false, api::reason::kLimitNotExpressible,
                        fmt::format("gateway \"{}\": {}", at.gateway.name, refusal.message)};
            }
        }
    }
    return {true, api::reason::kInForce, "the limits are published to every gateway of the policy"};
}

// For printer columns, which show a single value: `1500000` for one pool, `chat=1500000,embed=20000` for several.
std::string summarise(const std::vector<Budget>& budgets, const std::function<std::string(const Budget&)>& value) {
    if (budgets.size() == 1) return value(budgets.front());
    std::string text;
    for (const Budget& budget : budgets) text += (text.empty() ? "" : ",") + budget.pool + "=" + value(budget);
    return text;
}

json renderSummary(const std::vector<Budget>& budgets) {
    const auto amount = [](api::Tokens tokens) { return std::to_string(tokens.value()); };
    return {
        {"granted", summarise(budgets, [&](const Budget& b) { return amount(b.granted); })},
        {"consumed", summarise(budgets, [&](const Budget& b) { return amount(b.consumed); })},
        {"usedPercent", summarise(budgets, [](const Budget& b) { return std::to_string(b.usedPercent); })},
        {"loaned", summarise(budgets, [&](const Budget& b) { return amount(b.loaned); })},
        {"haircut", summarise(budgets, [](const Budget& b) { return std::to_string(b.rationale.haircutPercent); })}};
}

json renderBudget(const Budget& budget) {
    json out = {{"pool", budget.pool},
                {"window", api::toString(budget.window)},
                {"baseline", budget.baseline.value()},
                {"loaned", budget.loaned.value()},
                {"granted", budget.granted.value()},
                {"consumed", budget.consumed.value()},
                {"remaining", budget.remaining.value()},
                {"usedPercent", budget.usedPercent},
                {"windowStart", formatInstant(budget.span.start)},
                {"windowEnd", formatInstant(budget.span.end)}};
    if (budget.tokensPerMinute) out["tokensPerMinute"] = budget.tokensPerMinute->value();
    return out;
}

json renderRationale(const Budget& budget) {
    const treasury::Rationale& r = budget.rationale;
    json out = {{"pool", budget.pool},
                {"forecast", r.forecast},
                {"haircutPercent", r.haircutPercent},
                {"advisoryHaircutPercent", r.advisoryHaircutPercent},
                {"credibleForecast", r.credibleForecast},
                {"historyPercent", r.historyPercent},
                {"claim", r.claim},
                {"weight", r.weight},
                {"level", r.level ? std::to_string(*r.level) : "unlimited"},
                {"grant", r.grant},
                {"bound", treasury::toString(r.bound)},
                {"sentence", r.sentence}};
    if (r.history) out["history"] = *r.history;
    if (r.floor) out["floor"] = *r.floor;
    if (r.ceiling) out["ceiling"] = *r.ceiling;
    if (budget.tokensPerMinute) out["tokensPerMinute"] = budget.tokensPerMinute->value();
    return out;
}

json renderForecastRecord(const std::vector<Budget>& budgets) {
    json out = json::array();
    for (const Budget& budget : budgets) {
        for (const auto& term : budget.forecastRecord) {
            out.push_back({{"pool", budget.pool},
                           {"period", term.period},
                           {"forecast", term.forecast},
                           {"actual", term.actual},
                           {"errorPercent", term.errorPercent},
                           {"throttledPercent", term.throttledPercent},
                           {"overPercent", term.overPercent},
                           {"haircutPercent", term.haircutPercent}});
        }
    }
    return out;
}

std::string grantedInWords(const std::vector<Budget>& budgets) {
    std::string text;
    for (const Budget& budget : budgets) {
        text += fmt::format("{}{} tokens {} from pool \"{}\"", text.empty() ? "" : ", ",
                            api::formatThousands(budget.granted.value()), api::perWindow(budget.window), budget.pool);
    }
    return "granted " + text;
}

}  // namespace

json renderQuotaStatus(const treasury::QuotaDecision& decision, const gateways::GatewayStates* enforcement,
                       const usage::PolicyUsage* usage, const Money& money, const json& previous, Instant now) {
    const json stored = storedConditions(previous);
    ConditionList conditions{stored, generationOf(previous), now};
    Verdict enforced{true, "", ""};
    if (!decision.budgets.empty() && enforcement != nullptr) enforced = enforcementOf(decision.team, *enforcement);
    setReadiness(conditions, decision.problems,
                 enforced.good ? Verdict{true, api::reason::kGranted, grantedInWords(decision.budgets)} : enforced);
    json status = {{"observedGeneration", generationOf(previous)}};
    if (!decision.budgets.empty()) {
        setCondition(conditions, api::condition::kEnforced, enforced);
        setUsageFresh(conditions, usage, now);
        status["summary"] = renderSummary(decision.budgets);
        status["budgets"] = json::array();
        status["rationale"] = json::array();
        for (const Budget& budget : decision.budgets) {
            status["budgets"].push_back(renderBudget(budget));
            status["rationale"].push_back(renderRationale(budget));
        }
        json record = renderForecastRecord(decision.budgets);
        if (!record.empty()) status["forecastRecord"] = std::move(record);
        setTeamChargeback(status, decision.team, money, previous);
    }
    status["conditions"] = conditions.take();
    return status;
}

}  // namespace bursar::reconcile
