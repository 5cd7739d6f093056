// The figures of a decision for /metrics: a snapshot that the reconciler takes and scrapes read.
//
// Names that teams choose (teams, cost centres, pools of loans) become label values, so their number is bounded here:
// at most `maxTeams` teams have series of their own, and a loan counts under a pool only if its policy has that pool.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "controllers/treasury/chargeback/charges.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/usage/policy_account.hpp"

namespace bursar::reconcile {

struct PoolFigures {
    std::string name;
    treasury::TimeWindow span;
    std::int64_t capacity = 0;
    std::int64_t reserve = 0;
    std::int64_t distributable = 0;
    std::int64_t granted = 0;
    std::int64_t lent = 0;
    std::int64_t promised = 0;
    std::int64_t unallocated = 0;
    std::int64_t consumed = 0;
};

struct PolicyFigures {
    std::string name;
    std::vector<PoolFigures> pools;
    std::vector<std::string> gateways;
    std::vector<std::pair<std::string, std::string>> conditions;  // type and status
    std::map<std::pair<std::string, api::LoanPhase>, int> loans;  // by pool, empty if the policy has no such pool
    std::optional<Instant> lastSample;                            // of the usage source
};

struct BudgetFigures {
    std::string pool;
    std::int64_t baseline = 0;
    std::int64_t loaned = 0;
    std::int64_t granted = 0;
    std::int64_t consumed = 0;
    std::int64_t remaining = 0;
    int haircutPercent = 0;
};

struct CostFigures {
    std::string currency;
    std::int64_t amount = 0;               // minor units, of the period to date
    std::optional<std::int64_t> forecast;  // at the period's end
};

struct TeamFigures {
    std::string policy;
    std::string ns;
    std::string team;
    std::string costCenter;
    bool ready = false;
    std::vector<BudgetFigures> budgets;
    std::optional<CostFigures> cost;
};

struct TreasuryFigures {
    std::vector<PolicyFigures> policies;
    std::vector<TeamFigures> teams;  // one for each policy, namespace and team
    std::size_t teamsOmitted = 0;
};

// Collects the figures of one decision, which must live as long. Call in this order: policies, then quotas and loans.
// Not thread-safe.
class FigureCollector {
  public:
    explicit FigureCollector(std::size_t maxTeams) : maxTeams_(maxTeams) {}

    // `status` was rendered for the object; `usage` is null if the source was not read yet.
    void add(const treasury::PolicyDecision& decision, const api::AllocationPolicy& policy,
             const nlohmann::json& status, const usage::PolicyUsage* usage);
    void add(const treasury::QuotaDecision& decision, const std::string& costCenter, const nlohmann::json& status,
             const treasury::Charges* charges);
    // Returns the pool that the loan counts under: its own, or none if its policy has no such pool.
    std::string add(const treasury::LoanDecision& decision);

    [[nodiscard]] TreasuryFigures take() { return std::move(figures_); }

  private:
    const std::size_t maxTeams_;
    TreasuryFigures figures_;
    // By policy, namespace and team, their place in figures_.teams.
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::size_t> teams_;
};

}  // namespace bursar::reconcile
