// The statement of a policy for a planning period: what every cost centre is charged, line by line. Pure.
//
// Every line is whole tokens times one price, rounded half to even to the currency's minor unit, so that the sum of the
// lines is the sum of the cost centres and of the teams, to the cent. Source: the design, §3 chargeback. The same
// inputs always give the same statement, and the same bytes (statement_json.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/forecasting.hpp"
#include "controllers/treasury/planning_period.hpp"
#include "controllers/treasury/usage_sums.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// FOCUS' ChargeCategory has the first two; idle cost is an adjustment there.
enum class LineKind {
    Usage,
    Correction,  // of a statement that is closed, dated to its period
    IdleShare    // of the burst reserve nobody drew, where policy shares it out
};

std::string_view toString(LineKind kind);

struct StatementLine {
    LineKind kind = LineKind::Usage;
    std::string costCenter;  // empty: the team had no TeamQuota that names one
    std::string team;        // empty in an IdleShare: it is the cost centre's
    std::string pool;
    std::string model;  // empty in an IdleShare
    std::optional<api::TokenType> type;
    TimeWindow span;          // the days of it, UTC, end exclusive
    std::int64_t tokens = 0;  // negative in a correction that takes back; an IdleShare's are its part of the reserve
    std::optional<api::Price> price;  // of a million; absent: the model has none, or the line is no product
    std::int64_t amount = 0;          // minor units
    std::string note;                 // of a correction or share: a sentence that says what it is

    bool operator==(const StatementLine&) const = default;
};

// Forecast held against actual: means per budget window of the pool.
struct ForecastLine {
    std::string costCenter;
    std::string team;
    std::string pool;
    std::int64_t forecast = 0;
    std::int64_t actual = 0;
    std::int64_t windows = 0;

    bool operator==(const ForecastLine&) const = default;
};

// The burst reserve of a pool that nobody drew, at the period's mean price of a token in that pool.
struct IdleReserve {
    std::string pool;
    std::int64_t reserved = 0;
    std::int64_t drawn = 0;
    std::int64_t idle = 0;               // reserved − drawn
    std::optional<std::int64_t> amount;  // minor units; absent where nothing in the pool was priced

    bool operator==(const IdleReserve&) const = default;
};

struct Statement {
    std::string policy;
    PlanningPeriod period;
    std::string currency;  // empty: the policy has no prices, amounts are 0
    bool closed = false;   // otherwise a draft: usage until `meteredUntil`
    Instant issuedAt;      // period end + closeAfter for a closed one, else when it was drawn up
    Instant meteredUntil;
    std::string sponsor;
    std::string financeContact;
    std::vector<StatementLine> lines;  // sorted by cost centre, team, pool, model, type, kind, time
    std::vector<MeteringGap> gaps;
    std::vector<ForecastLine> forecasts;
    std::vector<LoanDraw> loans;
    std::vector<IdleReserve> idle;
    bool idleShared = false;
    std::vector<std::string> unpricedModels;  // used, and not in the amounts; sorted

    bool operator==(const Statement&) const = default;
    [[nodiscard]] int digits() const { return api::minorUnitDigits(currency); }
};

// What a statement is made of.
struct StatementInputs {
    const api::AllocationPolicy& policy;
    PlanningPeriod period;
    const UsageSums& usage;                                 // of the period
    std::map<RecordKey, std::vector<PeriodRecord>> record;  // closedPeriods(): forecast against actual
    // The statement before, and its usage summed again: what is priced differently now is corrected here. Null: none.
    const Statement* before = nullptr;
    const UsageSums* usageBefore = nullptr;
};

// A draft as of `at`. `issuedAt` is `at`.
Statement draftStatement(const StatementInputs& inputs, Instant at);

// When the period's statement is due to be closed: its end + closeAfter.
Instant closesAt(const api::AllocationPolicy& policy, const PlanningPeriod& period);

// The closed statement. The caller sees to it that usage is recorded to the period's end.
Statement closeStatement(const StatementInputs& inputs);

// Sums for the reader: minor units and tokens.
struct StatementTotal {
    std::int64_t amount = 0;
    std::int64_t tokens = 0;  // of usage lines

    StatementTotal& operator+=(const StatementLine& line);
    bool operator==(const StatementTotal&) const = default;
};
StatementTotal totalOf(const Statement& statement);
std::map<std::string, StatementTotal> totalsByCostCenter(const Statement& statement);

}  // namespace bursar::treasury
