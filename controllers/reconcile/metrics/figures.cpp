#include "controllers/reconcile/metrics/figures.hpp"

#include <algorithm>
#include <tuple>

#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/conditions/conditions.hpp"

namespace bursar::reconcile {
namespace {

PoolFigures figuresOf(const treasury::PoolDecision& pool) {
    return {pool.name,
            pool.span,
            pool.capacity.value(),
            pool.reserve.value(),
            pool.distributable.value(),
            pool.granted.value(),
            pool.loans.lent.value(),
            pool.loans.promised.value(),
            pool.unallocated.value(),
            pool.consumed.value()};
}

BudgetFigures figuresOf(const treasury::Budget& budget) {
    return {budget.pool,
            budget.baseline.value(),
            budget.loaned.value(),
            budget.granted.value(),
            budget.consumed.value(),
            budget.remaining.value(),
            budget.rationale.haircutPercent};
}

std::optional<CostFigures> costOf(const std::string& team, const treasury::Charges* charges) {
    if (charges == nullptr || charges->currency.empty()) return std::nullopt;
    const auto found = charges->teams.find(team);
    const std::int64_t amount = found == charges->teams.end() ? 0 : found->second.amount;
    return CostFigures{charges->currency, amount,
                       treasury::expectedAmount(amount, charges->period.span(), charges->since, charges->until)};
}

bool isReady(const nlohmann::json& status) {
    const nlohmann::json* ready = findCondition(status, api::condition::kReady);
    return ready != nullptr && ready->value("status", "") == "True";
}

}  // namespace

void FigureCollector::add(const treasury::PolicyDecision& decision, const api::AllocationPolicy& policy,
                          const nlohmann::json& status, const usage::PolicyUsage* usage) {
    PolicyFigures figures;
    figures.name = decision.name;
    for (const treasury::PoolDecision& pool : decision.pools) figures.pools.push_back(figuresOf(pool));
    for (const api::Gateway& gateway : policy.gateways) figures.gateways.push_back(gateway.name);
    for (const nlohmann::json& condition : status.value("conditions", nlohmann::json::array())) {
        figures.conditions.emplace_back(condition.value("type", ""), condition.value("status", ""));
    }
    if (usage != nullptr && usage->lastScrape != Instant{}) figures.lastSample = usage->lastScrape;
    figures_.policies.push_back(std::move(figures));
}

// Two TeamQuotas of a namespace may claim the same team: only one of them has budgets, and they share a series.
void FigureCollector::add(const treasury::QuotaDecision& decision, const std::string& costCenter,
                          const nlohmann::json& status, const treasury::Charges* charges) {
    const std::tuple<std::string_view, std::string_view, std::string_view> key{decision.policy, decision.ns,
                                                                               decision.team};
    auto entry = teams_.find(key);
    if (entry == teams_.end() && figures_.teams.size() >= maxTeams_) {
        ++figures_.teamsOmitted;
        return;
    }
    if (entry == teams_.end()) {
        entry = teams_.emplace(key, figures_.teams.size()).first;
        figures_.teams.push_back({decision.policy, decision.ns, decision.team, "", false, {}, {}});
    }
    TeamFigures& figures = figures_.teams[entry->second];
    figures.ready = figures.ready || isReady(status);
    if (decision.budgets.empty() || !figures.budgets.empty()) return;
    figures.costCenter = costCenter;
    figures.cost = costOf(decision.team, charges);
    for (const treasury::Budget& budget : decision.budgets) figures.budgets.push_back(figuresOf(budget));
}

std::string FigureCollector::add(const treasury::LoanDecision& decision) {
    const auto policy = std::find_if(figures_.policies.begin(), figures_.policies.end(),
                                     [&](const PolicyFigures& each) { return each.name == decision.policy; });
    if (policy == figures_.policies.end()) return "";
    const bool known = std::any_of(policy->pools.begin(), policy->pools.end(),
                                   [&](const PoolFigures& pool) { return pool.name == decision.pool; });
    std::string pool = known ? decision.pool : "";
    ++policy->loans[{pool, decision.outcome.phase}];
    return pool;
}

}  // namespace bursar::reconcile
