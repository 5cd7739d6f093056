#include "operator/cli/status/status_view.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "controllers/api/condition_types.hpp"
#include "controllers/api/field_reader.hpp"
#include "controllers/api/object_meta.hpp"

namespace bursar::cli {
namespace {

using api::FieldReader;
using nlohmann::json;

std::optional<std::int64_t> amount(const FieldReader& from, const char* name) {
    if (!from.has(name)) return std::nullopt;
    return from.count(name, 0);
}

ConditionLine conditionLine(const FieldReader& from) {
    return {from.text("type"), from.text("status"), from.text("reason"), from.text("message")};
}

// These conditions are True when something is wrong; every other is False then.
bool isAmiss(const ConditionLine& condition) {
    static const std::set<std::string> kWrongWhenTrue = {api::condition::kStalled, api::condition::kReconciling,
                                                         api::condition::kOvercommitted};
    return condition.status != (kWrongWhenTrue.contains(condition.type) ? "False" : "True");
}

struct Conditions {
    ConditionLine ready{api::condition::kReady, "Unknown", "NotDecided",
                        "the operator has not written a status yet: does it run?"};
    std::vector<ConditionLine> amiss;
};

Conditions readConditions(const FieldReader& status) {
    Conditions conditions;
    std::set<std::string> seen;
    for (const FieldReader& each : status.list("conditions")) {
        ConditionLine condition = conditionLine(each);
        if (condition.type == api::condition::kReady) conditions.ready = condition;
        if (isAmiss(condition) && seen.insert(condition.message).second)
            conditions.amiss.push_back(std::move(condition));
    }
    return conditions;
}

BudgetLine budgetLine(const FieldReader& from) {
    return {from.text("pool"),
            from.text("window"),
            amount(from, "baseline"),
            amount(from, "loaned"),
            amount(from, "granted"),
            amount(from, "consumed"),
            amount(from, "remaining"),
            amount(from, "usedPercent"),
            amount(from, "tokensPerMinute"),
            {},
            from.instant("windowStart"),
            from.instant("windowEnd")};
}

PoolLine poolLine(const FieldReader& from) {
    return {from.text("name"),           amount(from, "capacity"),
            amount(from, "reserve"),     amount(from, "distributable"),
            amount(from, "granted"),     amount(from, "lent"),
            amount(from, "promised"),    amount(from, "free"),
            amount(from, "unallocated"), amount(from, "consumed"),
            from.instant("windowStart"), from.instant("windowEnd")};
}

std::int64_t largest(const TeamLine& team, std::optional<std::int64_t> BudgetLine::*amountOf) {
    std::int64_t most = -1;
    for (const BudgetLine& budget : team.budgets) most = std::max(most, (budget.*amountOf).value_or(-1));
    return most;
}

// The amount's digits as one number: a policy has one currency, so all amounts have as many decimals.
std::int64_t costOrder(const TeamLine& team) {
    if (!team.cost) return INT64_MIN;
    std::string digits = team.cost->amount;
    std::erase(digits, '.');
    try {
        return std::stoll(digits);
    } catch (const std::logic_error&) {
        return INT64_MIN;
    }
}

std::int64_t orderOf(const TeamLine& team, SortBy by) {
    switch (by) {
        case SortBy::Team:
            return 0;
        case SortBy::Used:
            return largest(team, &BudgetLine::usedPercent);
        case SortBy::Granted:
            return largest(team, &BudgetLine::granted);
        case SortBy::Cost:
            return costOrder(team);
    }
    return 0;
}

}  // namespace

PolicyLine policyLine(const json& policy) {
    std::vector<api::FieldError> ignored;  // the operator writes statuses: an unreadable field counts as absent
    const FieldReader status = FieldReader{policy, "", ignored}.child("status");
    PolicyLine line;
    line.name = api::readObjectMeta(policy).name;
    Conditions conditions = readConditions(status);
    line.ready = std::move(conditions.ready);
    line.amiss = std::move(conditions.amiss);
    for (const FieldReader& pool : status.list("pools")) line.pools.push_back(poolLine(pool));
    return line;
}

TeamLine teamLine(const json& quota) {
    std::vector<api::FieldError> ignored;
    const FieldReader root{quota, "", ignored};
    const FieldReader status = root.child("status");
    const api::ObjectMeta meta = api::readObjectMeta(quota);
    TeamLine line;
    line.policy = root.child("spec").text("policy");
    line.ns = meta.ns;
    line.name = meta.name;
    line.team = root.child("spec").text("team");
    line.costCenter = root.child("spec").text("costCenter");
    Conditions conditions = readConditions(status);
    line.ready = std::move(conditions.ready);
    line.amiss = std::move(conditions.amiss);
    for (const FieldReader& budget : status.list("budgets")) line.budgets.push_back(budgetLine(budget));
    for (const FieldReader& rationale : status.list("rationale")) {
        for (BudgetLine& budget : line.budgets) {
            if (budget.pool == rationale.text("pool")) budget.haircutPercent = amount(rationale, "haircutPercent");
        }
    }
    const FieldReader cost = status.child("chargeback");
    if (cost.has("amount")) {
        line.cost =
            CostLine{cost.text("period"), cost.text("currency"), cost.text("amount"), cost.text("forecastAmount")};
    }
    return line;
}

void sortTeams(std::vector<TeamLine>& teams, SortBy by) {
    std::vector<std::pair<std::int64_t, TeamLine>> keyed;
    keyed.reserve(teams.size());
    for (TeamLine& team : teams) keyed.emplace_back(orderOf(team, by), std::move(team));
    std::sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) {
        return std::tie(b.first, a.second.team, a.second.ns, a.second.name) <
               std::tie(a.first, b.second.team, b.second.ns, b.second.name);
    });
    teams.clear();
    for (auto& [order, team] : keyed) teams.push_back(std::move(team));
}

}  // namespace bursar::cli
