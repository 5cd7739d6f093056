// The statement of a policy for a planning period: the charges of every cost centre, line by line. Pure.
//
// Every line is whole tokens times one price, rounded half to even to the currency's minor unit, so that the sum of the
// lines is the sum of the cost centres and of the teams, to the cent. Source: docs/design.md §3, chargeback. The
// same inputs always give the same statement and the same bytes (statement_json.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/chargeback/usage_sums.hpp"
#include "controllers/treasury/forecasting.hpp"
#include "controllers/treasury/planning_period.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// FOCUS' ChargeCategory has the first two; idle cost is an adjustment there.
enum class LineKind {
    Usage,
    Correction,  // of a closed statement, dated to its period
    IdleShare    // of the idle burst reserve, if the policy shares it out
};

std::string_view toString(LineKind kind);

struct StatementLine {
    LineKind kind = LineKind::Usage;
    std::string costCenter;  // empty: the team had no TeamQuota with one
    std::string team;        // empty in an IdleShare, which is for a whole cost centre
    std::string pool;
    std::string model;  // empty in an IdleShare
    std::optional<api::TokenType> type;
    TimeWindow span;          // its days, UTC, end exclusive
    std::int64_t tokens = 0;  // negative in a correction that credits tokens; in an IdleShare, a part of the reserve
    std::optional<api::Price> price;  // per million tokens; absent if the model has none, and in corrections and shares
    std::int64_t amount = 0;          // minor units
    std::string note;                 // a sentence that explains a correction or share

    bool operator==(const StatementLine&) const = default;
};

// Forecast and consumption: means per budget window of the pool.
struct ForecastLine {
    std::string costCenter;
    std::string team;
    std::string pool;
    std::int64_t forecast = 0;
    std::int64_t actual = 0;
    std::int64_t windows = 0;

    bool operator==(const ForecastLine&) const = default;
};

// The burst reserve of a pool that no loan drew, at the period's mean price of a token in the pool.
struct IdleReserve {
    std::string pool;
    std::int64_t reserved = 0;
    std::int64_t drawn = 0;
    std::int64_t idle = 0;               // reserved − drawn
    std::optional<std::int64_t> amount;  // minor units; absent if no usage in the pool had a price

    bool operator==(const IdleReserve&) const = default;
};

struct Statement {
    std::string policy;
    PlanningPeriod period;
    std::string currency;  // empty: the policy has no prices, and amounts are 0
    bool closed = false;   // otherwise a draft with usage until `meteredUntil`
    Instant issuedAt;      // the period's end + closeAfter for a closed statement; the draft's instant otherwise
    Instant meteredUntil;
    std::string sponsor;
    std::string financeContact;
    std::vector<StatementLine> lines;  // sorted by cost centre, team, pool, model, type, kind, time
    std::vector<MeteringGap> gaps;
    std::vector<ForecastLine> forecasts;
    std::vector<LoanDraw> loans;
    std::vector<IdleReserve> idle;
    bool idleShared = false;
    std::vector<std::string> unpricedModels;  // used, but without a price: not in the amounts; sorted

    bool operator==(const Statement&) const = default;
    [[nodiscard]] int digits() const { return api::minorUnitDigits(currency); }
};

// Inputs of a statement.
struct StatementInputs {
    const api::AllocationPolicy& policy;
    PlanningPeriod period;
    const UsageSums& usage;                                 // of the period
    std::map<RecordKey, std::vector<PeriodRecord>> record;  // from closedPeriods(): forecast and consumption
    // The previous statement and its usage, for corrections of what costs another amount now. Null: no corrections.
    const Statement* before = nullptr;
    const UsageSums* usageBefore = nullptr;
};

// A draft as of `at`, which is its `issuedAt`.
Statement draftStatement(const StatementInputs& inputs, Instant at);

// When the period's statement is closed: the period's end + closeAfter.
Instant closesAt(const api::AllocationPolicy& policy, const PlanningPeriod& period);

// The closed statement. Usage must be recorded up to the period's end.
Statement closeStatement(const StatementInputs& inputs);

// Sums over lines.
struct StatementTotal {
    std::int64_t amount = 0;
    std::int64_t tokens = 0;  // of usage lines

    StatementTotal& operator+=(const StatementLine& line);
    bool operator==(const StatementTotal&) const = default;
};
StatementTotal totalOf(const Statement& statement);
std::map<std::string, StatementTotal> totalsByCostCenter(const Statement& statement);

}  // namespace bursar::treasury
