// The statuses of AllocationPolicies and TeamQuotas, in the order they are shown. Pure; nothing is decided here.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::cli {

// A condition as the operator wrote it; `status` is `Unknown` if there is none yet.
struct ConditionLine {
    std::string type;
    std::string status = "Unknown";
    std::string reason;
    std::string message;
};

// A team's budget in one pool. The operator has not written amounts that are absent.
struct BudgetLine {
    std::string pool;
    std::string window;  // `Day`
    std::optional<std::int64_t> baseline;
    std::optional<std::int64_t> loaned;
    std::optional<std::int64_t> granted;
    std::optional<std::int64_t> consumed;
    std::optional<std::int64_t> remaining;
    std::optional<std::int64_t> usedPercent;
    std::optional<std::int64_t> tokensPerMinute;
    std::optional<std::int64_t> haircutPercent;
    std::optional<Instant> windowStart;
    std::optional<Instant> windowEnd;
};

struct CostLine {
    std::string period;
    std::string currency;
    std::string amount;          // decimal; the period to date
    std::string forecastAmount;  // decimal, expected at the period's end; may be empty
};

struct TeamLine {
    std::string policy;
    std::string ns;
    std::string name;  // of the TeamQuota
    std::string team;
    std::string costCenter;
    ConditionLine ready;
    std::vector<ConditionLine> amiss;
    std::vector<BudgetLine> budgets;
    std::optional<CostLine> cost;
};

struct PoolLine {
    std::string name;
    std::optional<std::int64_t> capacity;
    std::optional<std::int64_t> reserve;
    std::optional<std::int64_t> distributable;
    std::optional<std::int64_t> granted;
    std::optional<std::int64_t> lent;
    std::optional<std::int64_t> promised;
    std::optional<std::int64_t> free;
    std::optional<std::int64_t> unallocated;
    std::optional<std::int64_t> consumed;
    std::optional<Instant> windowStart;
    std::optional<Instant> windowEnd;
};

struct PolicyLine {
    std::string name;
    bool readable = true;  // false: known only from its TeamQuotas
    ConditionLine ready;
    std::vector<ConditionLine> amiss;  // conditions that need attention, each message once
    std::vector<PoolLine> pools;
};

enum class SortBy { Team, Used, Granted, Cost };

struct StatusView {
    Instant at{};
    std::vector<PolicyLine> policies;  // by name; also policies that only a team names
    std::vector<TeamLine> teams;
    std::vector<std::string> notes;  // what could not be read, and what is out of date
};

// `policy`, `quota`: objects as the API server returns them.
PolicyLine policyLine(const nlohmann::json& policy);
TeamLine teamLine(const nlohmann::json& quota);

// Largest first, or by name; equal ones by namespace and name. A team's pools stay together; its fullest pool (or
// largest grant) determines its place.
void sortTeams(std::vector<TeamLine>& teams, SortBy by);

}  // namespace bursar::cli
