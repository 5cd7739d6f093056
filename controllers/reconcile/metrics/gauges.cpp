#include "controllers/reconcile/metrics/gauges.hpp"

#include <algorithm>
#include <cmath>

namespace bursar::reconcile {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using telemetry::LabelValues;
using telemetry::MetricInfo;
using telemetry::unixTime;
using Families = std::vector<MetricFamily>;

constexpr api::LoanPhase kPhases[] = {api::LoanPhase::Pending,  api::LoanPhase::Scheduled, api::LoanPhase::Active,
                                      api::LoanPhase::Returned, api::LoanPhase::Denied,    api::LoanPhase::Cancelled};

MetricInfo gauge(std::string name, std::vector<std::string> labels, std::string unit, std::string help) {
    return {std::move(name), MetricType::Gauge, std::move(labels), std::move(unit), std::move(help)};
}

// One figure of each of many things.
template <typename Figures>
struct Amount {
    MetricInfo info;
    double (*of)(const Figures&);
};

template <std::int64_t PoolFigures::*Field>
double poolTokens(const PoolFigures& pool) {
    return static_cast<double>(pool.*Field);
}

const std::vector<Amount<PoolFigures>>& poolAmounts() {
    const auto tokens = [](const char* name, const char* help) {
        return gauge(name, {"policy", "pool"}, "tokens", help);
    };
    const auto time = [](const char* name, const char* help) {
        return gauge(name, {"policy", "pool"}, "Unix time", help);
    };
    static const std::vector<Amount<PoolFigures>> amounts = {
        {tokens("bursar_pool_capacity_tokens",
                "What the provider sells for a budget window: the policy's tokensPerWindow."),
         poolTokens<&PoolFigures::capacity>},
        {tokens("bursar_pool_reserve_tokens",
                "Part of the capacity that is kept for loans: the policy's burstPercent."),
         poolTokens<&PoolFigures::reserve>},
        {tokens("bursar_pool_distributable_tokens", "Part of the capacity that is divided among teams."),
         poolTokens<&PoolFigures::distributable>},
        {tokens("bursar_pool_granted_tokens", "Sum of the teams' baselines in the current budget window."),
         poolTokens<&PoolFigures::granted>},
        {tokens("bursar_pool_lent_tokens", "Sum of the loans that are active now."), poolTokens<&PoolFigures::lent>},
        {tokens("bursar_pool_promised_tokens",
                "Burst tokens of the current budget window that are lent, still to be lent in it, or drawn by loans "
                "that ended."),
         poolTokens<&PoolFigures::promised>},
        {tokens("bursar_pool_unallocated_tokens", "Distributable tokens that no team claimed."),
         poolTokens<&PoolFigures::unallocated>},
        {tokens("bursar_pool_consumed_tokens",
                "Tokens consumed in the current budget window by every team seen at the gateway."),
         poolTokens<&PoolFigures::consumed>},
        {time("bursar_pool_window_start_timestamp_seconds", "Start of the current budget window."),
         [](const PoolFigures& pool) { return unixTime(pool.span.start); }},
        {time("bursar_pool_window_end_timestamp_seconds", "End of the current budget window."),
         [](const PoolFigures& pool) { return unixTime(pool.span.end); }},
    };
    return amounts;
}

template <std::int64_t BudgetFigures::*Field>
double budgetTokens(const BudgetFigures& budget) {
    return static_cast<double>(budget.*Field);
}

const std::vector<Amount<BudgetFigures>>& budgetAmounts() {
    const std::vector<std::string> labels = {"policy", "namespace", "team", "pool"};
    static const std::vector<Amount<BudgetFigures>> amounts = {
        {gauge("bursar_team_baseline_tokens", labels, "tokens",
               "What the team is granted of the pool without its loans."),
         budgetTokens<&BudgetFigures::baseline>},
        {gauge("bursar_team_loaned_tokens", labels, "tokens",
               "What loans add to the baseline in the current budget window."),
         budgetTokens<&BudgetFigures::loaned>},
        {gauge("bursar_team_granted_tokens", labels, "tokens",
               "Limit of the current budget window: baseline and loans."),
         budgetTokens<&BudgetFigures::granted>},
        {gauge("bursar_team_consumed_tokens", labels, "tokens",
               "Tokens consumed in the current budget window; back to 0 where the next one begins."),
         budgetTokens<&BudgetFigures::consumed>},
        {gauge("bursar_team_remaining_tokens", labels, "tokens",
               "What is left of the limit; 0 where more was consumed, by what was in flight."),
         budgetTokens<&BudgetFigures::remaining>},
        {gauge("bursar_team_haircut_percent", labels, "percent",
               "What is taken off the team's forecast for its record; 0 unless forecastDiscipline is Enforced."),
         [](const BudgetFigures& budget) { return static_cast<double>(budget.haircutPercent); }},
    };
    return amounts;
}

const MetricInfo& costInfo() {
    static const MetricInfo info = gauge("bursar_team_cost", {"policy", "namespace", "team", "cost_center", "currency"},
                                         "currency", "What the team's tokens of the open planning period cost so far.");
    return info;
}

const MetricInfo& forecastInfo() {
    static const MetricInfo info =
        gauge("bursar_team_cost_forecast", costInfo().labels, "currency",
              "What bursar_team_cost comes to at the period's end at the pace so far; absent in the first hour.");
    return info;
}

const MetricInfo& readyInfo() {
    static const MetricInfo info = gauge("bursar_team_ready", {"policy", "namespace", "team"}, "0 or 1",
                                         "1 where the condition Ready of the team's TeamQuota is True.");
    return info;
}

const MetricInfo& omittedInfo() {
    static const MetricInfo info =
        gauge("bursar_metrics_teams_omitted", {}, "teams", "Teams beyond --metrics-max-teams, which have no series.");
    return info;
}

const MetricInfo& loansInfo() {
    static const MetricInfo info = gauge("bursar_loans", {"policy", "pool", "phase"}, "loans",
                                         "BurstLoans by phase; pool is empty where the policy has no such pool.");
    return info;
}

const MetricInfo& conditionInfo() {
    static const MetricInfo info = gauge(
        "bursar_policy_condition", {"policy", "type", "status"}, "0 or 1",
        "Conditions of the AllocationPolicy: 1 for the status (True, False, Unknown) each has, 0 for the others.");
    return info;
}

const MetricInfo& lastSampleInfo() {
    static const MetricInfo info = gauge("bursar_usage_last_sample_timestamp_seconds", {"policy"}, "Unix time",
                                         "When the usage source last saw the gateway's meter.");
    return info;
}

void collectPools(const TreasuryFigures& figures, Families& families) {
    for (const auto& amount : poolAmounts()) {
        MetricFamily family = familyOf(amount.info);
        for (const PolicyFigures& policy : figures.policies) {
            for (const PoolFigures& pool : policy.pools) {
                addSample(family, amount.info, {policy.name, pool.name}, amount.of(pool));
            }
        }
        families.push_back(std::move(family));
    }
}

void collectBudgets(const TreasuryFigures& figures, Families& families) {
    for (const auto& amount : budgetAmounts()) {
        MetricFamily family = familyOf(amount.info);
        for (const TeamFigures& team : figures.teams) {
            for (const BudgetFigures& budget : team.budgets) {
                addSample(family, amount.info, {team.policy, team.ns, team.team, budget.pool}, amount.of(budget));
            }
        }
        families.push_back(std::move(family));
    }
}

void collectTeams(const TreasuryFigures& figures, Families& families) {
    MetricFamily cost = familyOf(costInfo());
    MetricFamily forecast = familyOf(forecastInfo());
    MetricFamily ready = familyOf(readyInfo());
    for (const TeamFigures& team : figures.teams) {
        addSample(ready, readyInfo(), {team.policy, team.ns, team.team}, team.ready ? 1 : 0);
        if (!team.cost) continue;
        const LabelValues values = {team.policy, team.ns, team.team, team.costCenter, team.cost->currency};
        const double unit = std::pow(10, api::minorUnitDigits(team.cost->currency));
        addSample(cost, costInfo(), values, static_cast<double>(team.cost->amount) / unit);
        if (team.cost->forecast) {
            addSample(forecast, forecastInfo(), values, static_cast<double>(*team.cost->forecast) / unit);
        }
    }
    MetricFamily omitted = familyOf(omittedInfo());
    addSample(omitted, omittedInfo(), {}, static_cast<double>(figures.teamsOmitted));
    for (MetricFamily* family : {&cost, &forecast, &ready, &omitted}) families.push_back(std::move(*family));
}

// Has every phase of every pool, also those without a loan, so that a sum is 0 and not absent.
void collectLoans(const TreasuryFigures& figures, Families& families) {
    MetricFamily family = familyOf(loansInfo());
    for (const PolicyFigures& policy : figures.policies) {
        auto counts = policy.loans;
        for (const PoolFigures& pool : policy.pools) {
            for (const api::LoanPhase phase : kPhases) counts.try_emplace({pool.name, phase}, 0);
        }
        for (const auto& [key, count] : counts) {
            addSample(family, loansInfo(), {policy.name, key.first, std::string{api::toString(key.second)}}, count);
        }
    }
    families.push_back(std::move(family));
}

void collectConditions(const TreasuryFigures& figures, Families& families) {
    MetricFamily conditions = familyOf(conditionInfo());
    for (const PolicyFigures& policy : figures.policies) {
        for (const auto& [type, status] : policy.conditions) {
            for (const char* each : {"True", "False", "Unknown"}) {
                addSample(conditions, conditionInfo(), {policy.name, type, each}, status == each ? 1 : 0);
            }
        }
    }
    families.push_back(std::move(conditions));
}

void collectSamples(const std::map<std::string, Instant>& lastSamples, Families& families) {
    MetricFamily family = familyOf(lastSampleInfo());
    for (const auto& [policy, at] : lastSamples) addSample(family, lastSampleInfo(), {policy}, unixTime(at));
    families.push_back(std::move(family));
}

}  // namespace

void TreasuryGauges::publish(TreasuryFigures figures) {
    auto next = std::make_shared<const TreasuryFigures>(std::move(figures));
    std::map<std::string, Instant> samples;
    for (const PolicyFigures& policy : next->policies) {
        if (policy.lastSample) samples[policy.name] = *policy.lastSample;
    }
    const MutexLock lock{mutex_};
    for (auto& [policy, sample] : samples) {
        const auto later = lastSamples_.find(policy);
        if (later != lastSamples_.end()) sample = std::max(sample, later->second);
    }
    lastSamples_ = std::move(samples);
    figures_.swap(next);
}

void TreasuryGauges::usageSampled(const std::string& policy, Instant lastSample) {
    const MutexLock lock{mutex_};
    const auto known = lastSamples_.find(policy);
    if (known != lastSamples_.end()) known->second = std::max(known->second, lastSample);
}

std::vector<MetricInfo> TreasuryGauges::describe() const {
    std::vector<MetricInfo> all;
    for (const auto& amount : budgetAmounts()) all.push_back(amount.info);
    for (const MetricInfo& info : {costInfo(), forecastInfo(), readyInfo(), omittedInfo()}) all.push_back(info);
    for (const auto& amount : poolAmounts()) all.push_back(amount.info);
    for (const MetricInfo& info : {loansInfo(), conditionInfo(), lastSampleInfo()}) all.push_back(info);
    return all;
}

Families TreasuryGauges::Collect() const {
    std::shared_ptr<const TreasuryFigures> figures;
    std::map<std::string, Instant> lastSamples;
    {
        const MutexLock lock{mutex_};
        figures = figures_;
        lastSamples = lastSamples_;
    }
    Families families;
    if (!figures) return families;
    collectBudgets(*figures, families);
    collectTeams(*figures, families);
    collectPools(*figures, families);
    collectLoans(*figures, families);
    collectConditions(*figures, families);
    collectSamples(lastSamples, families);
    return families;
}

}  // namespace bursar::reconcile
