// The decisions of the treasury, as values. Callers write them as statuses, limits and events. Amounts are tokens per
// budget window unless the type says otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/field_reader.hpp"
#include "controllers/api/tokens.hpp"
#include "controllers/treasury/borrowing.hpp"
#include "controllers/treasury/budget_window.hpp"
#include "controllers/treasury/forecasting.hpp"

namespace bursar::treasury {

// Why an object, or a part of it, is set aside until a person corrects it.
struct Problem {
    std::string reason;   // a constant of controllers/api/condition_reasons.hpp
    std::string field;    // `spec.requests[0].pool`; empty where no field of the object itself is wrong
    std::string message;  // what is wrong and what to do

    bool operator==(const Problem&) const = default;
    // `spec.pool: …`, as conditions, plan and validate show it.
    [[nodiscard]] std::string toString() const { return api::fieldMessage(field, message); }
};

enum class Bound { Claim, Floor, Ceiling, FairShare, Overcommitted };

std::string_view toString(Bound bound);

// Every term of §3 for one team in one pool, in the order they are computed.
struct Rationale {
    std::optional<std::int64_t> history;  // H; absent for a new team
    int historyPercent = 0;               // p
    std::int64_t forecast = 0;            // F
    int haircutPercent = 0;               // κ as applied
    int advisoryHaircutPercent = 0;       // κ as computed
    std::int64_t credibleForecast = 0;    // F'
    std::int64_t claim = 0;               // c
    int weight = 0;                       // w
    std::optional<std::int64_t> floor;
    std::optional<std::int64_t> ceiling;
    std::optional<std::int64_t> level;  // λ in whole tokens per unit of weight; absent if every claim was met
    std::int64_t grant = 0;             // g
    Bound bound = Bound::Claim;
    std::string sentence;
};

// One team's budget in one pool.
struct Budget {
    std::string pool;
    api::BudgetWindow window = api::BudgetWindow::Day;
    TimeWindow span;
    api::Tokens baseline;
    api::Tokens loaned;   // to active loans, plus the tokens that loans which ended in this window drew in it
    api::Tokens granted;  // baseline + loaned
    api::Tokens consumed;
    api::Tokens remaining;  // 0 if requests in flight consumed more than was granted
    int usedPercent = 0;    // rounded down; may exceed 100
    std::optional<api::TokensPerMinute> tokensPerMinute;
    Rationale rationale;
    std::vector<Haircut::Term> forecastRecord;
};

struct QuotaDecision {
    std::string ns;
    std::string name;
    std::string policy;
    std::string team;
    std::vector<Problem> problems;  // empty: everything asked for was decided
    std::vector<Budget> budgets;    // in the order of the requests
};

struct PoolDecision {
    std::string name;
    api::BudgetWindow window = api::BudgetWindow::Day;
    TimeWindow span;
    api::Tokens capacity;       // C
    api::Tokens reserve;        // B
    api::Tokens distributable;  // D
    api::Tokens granted;        // Σ baselines
    api::Tokens unallocated;    // D − Σ claims, at least 0
    api::Tokens consumed;       // Σ over every team seen at the gateway, including those without a TeamQuota
    PoolLoans loans;
    api::Tokens free;  // can still be lent in this window
    struct Change {
        Instant at;
        std::string loan;         // namespace/name
        std::int64_t tokens = 0;  // negative when a loan ends
    };
    std::vector<Change> nextChanges;  // at most 10, soonest first
    int teamCount = 0;
    std::optional<std::int64_t> level;
    std::optional<api::TokensPerMinute> tokensPerMinute;
    bool overcommitted = false;

    // All tokens of the burst pool in this window, promised or free.
    [[nodiscard]] api::Tokens lendable() const { return loans.promised + free; }
};

struct LoanDecision {
    std::string ns;
    std::string name;
    std::string policy;  // empty if its TeamQuota does not exist
    std::string team;
    std::string pool;
    std::vector<Problem> problems;  // not empty: it cannot be decided until they are fixed
    // Set while its policy is missing: until then the loan keeps what was approved.
    std::optional<Instant> keptUntil;
    LoanOutcome outcome;
};

// The limit that gateways enforce for one team in one pool.
struct Limit {
    std::string team;
    std::string pool;
    api::BudgetWindow window = api::BudgetWindow::Day;
    api::Tokens tokensPerWindow;
    std::optional<api::TokensPerMinute> tokensPerMinute;

    bool operator==(const Limit&) const = default;
};

struct PolicyDecision {
    std::string name;
    std::vector<Problem> problems;  // not empty: the policy cannot be used, and its limits in force stay
    std::vector<PoolDecision> pools;
    std::vector<Limit> limits;  // sorted by team, then pool
    int teamCount = 0;
};

struct Decisions {
    std::vector<PolicyDecision> policies;  // sorted by name
    std::vector<QuotaDecision> quotas;     // sorted by namespace, name
    std::vector<LoanDecision> loans;       // sorted by namespace, name; without those of a policy that cannot be used
    std::optional<Instant> nextChange;     // when time alone changes a decision; absent if it does not
};

}  // namespace bursar::treasury
