#include "operator/cli/status/status_report.hpp"
#include "operator/cli/text/json_null.hpp"

namespace bursar::cli {
namespace {

using Json = nlohmann::ordered_json;

Json describe(const ConditionLine& condition) {
    return {{"type", condition.type},
            {"status", condition.status},
            {"reason", condition.reason},
            {"message", condition.message}};
}

Json describe(const std::vector<ConditionLine>& conditions) {
    Json all = Json::array();
    for (const ConditionLine& condition : conditions) all.push_back(describe(condition));
    return all;
}

Json describe(const PoolLine& pool) {
    return {{"name", pool.name},
            {"windowStart", orNull(pool.windowStart)},
            {"windowEnd", orNull(pool.windowEnd)},
            {"capacity", orNull(pool.capacity)},
            {"reserve", orNull(pool.reserve)},
            {"distributable", orNull(pool.distributable)},
            {"granted", orNull(pool.granted)},
            {"lent", orNull(pool.lent)},
            {"promised", orNull(pool.promised)},
            {"free", orNull(pool.free)},
            {"unallocated", orNull(pool.unallocated)},
            {"consumed", orNull(pool.consumed)}};
}

Json describe(const BudgetLine& budget) {
    return {{"pool", budget.pool},
            {"window", orNull(budget.window)},
            {"windowStart", orNull(budget.windowStart)},
            {"windowEnd", orNull(budget.windowEnd)},
            {"baseline", orNull(budget.baseline)},
            {"loaned", orNull(budget.loaned)},
            {"granted", orNull(budget.granted)},
            {"consumed", orNull(budget.consumed)},
            {"remaining", orNull(budget.remaining)},
            {"usedPercent", orNull(budget.usedPercent)},
            {"tokensPerMinute", orNull(budget.tokensPerMinute)},
            {"haircutPercent", orNull(budget.haircutPercent)}};
}

Json describe(const PolicyLine& policy) {
    Json pools = Json::array();
    for (const PoolLine& pool : policy.pools) pools.push_back(describe(pool));
    return {{"name", policy.name},
            {"readable", policy.readable},
            {"ready", policy.readable ? describe(policy.ready) : Json(nullptr)},
            {"amiss", describe(policy.amiss)},
            {"pools", std::move(pools)}};
}

Json describe(const TeamLine& team) {
    Json budgets = Json::array();
    for (const BudgetLine& budget : team.budgets) budgets.push_back(describe(budget));
    Json cost = nullptr;
    if (team.cost) {
        cost = {{"period", team.cost->period},
                {"currency", team.cost->currency},
                {"amount", team.cost->amount},
                {"forecastAmount", orNull(team.cost->forecastAmount)}};
    }
    return {{"policy", team.policy},
            {"namespace", team.ns},
            {"name", team.name},
            {"team", team.team},
            {"costCenter", orNull(team.costCenter)},
            {"ready", describe(team.ready)},
            {"amiss", describe(team.amiss)},
            {"budgets", std::move(budgets)},
            {"cost", std::move(cost)}};
}

}  // namespace

Json describe(const StatusView& view) {
    Json policies = Json::array();
    for (const PolicyLine& policy : view.policies) policies.push_back(describe(policy));
    Json teams = Json::array();
    for (const TeamLine& team : view.teams) teams.push_back(describe(team));
    return {{"apiVersion", "cli.bursar.dev/v1alpha1"}, {"kind", "Status"},          {"at", formatInstant(view.at)},
            {"policies", std::move(policies)},         {"teams", std::move(teams)}, {"notes", view.notes}};
}

}  // namespace bursar::cli
