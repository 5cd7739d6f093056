// The treasury over simulated time: decide() runs once a period, and the teams spend their grants.
//
// In each window a team requests the tokens that its strategy derives from its need, and uses at most its grant. If it
// requests more than its grant, the window counts as refused. The forecast and usage of a period are the record for the
// next decision. Loans are not simulated. Pure; a scenario and a seed always give the same result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controllers/simulation/scenario.hpp"
#include "controllers/treasury/decisions.hpp"

namespace bursar::simulation {

// One team in one period. Amounts are tokens per window; means are rounded down.
struct TeamPeriod {
    std::int64_t need = 0;      // mean true need
    std::int64_t forecast = 0;  // of its TeamQuota
    std::int64_t claim = 0;
    int haircutPercent = 0;  // as applied
    std::int64_t grant = 0;
    treasury::Bound bound = treasury::Bound::Claim;
    std::int64_t used = 0;    // mean, including burned tokens
    std::int64_t burned = 0;  // mean use beyond the need
    std::int64_t unmet = 0;   // mean unmet need
    int refusedWindows = 0;
};

struct PoolPeriod {
    std::string pool;
    std::int64_t distributable = 0;
    std::int64_t granted = 0;
    std::int64_t used = 0;       // mean
    int utilisationPercent = 0;  // used / distributable, rounded down
};

struct PeriodResult {
    std::vector<TeamPeriod> teams;  // in the order of the scenario's teams
    std::vector<PoolPeriod> pools;  // in the order of the policy's pools
};

// A team over all periods: means per window, rounded down. `useful` is the use that met a need.
struct TeamSummary {
    std::int64_t need = 0;
    std::int64_t grant = 0;
    std::int64_t useful = 0;
    std::int64_t burned = 0;
    std::int64_t unmet = 0;
    std::int64_t lastGrant = 0;  // in the last period

    // The difference to its twin, in tenths of a percent of the twin's amount, rounded towards zero; absent without a
    // twin and if the twin's amount is 0.
    struct AgainstTwin {
        std::optional<std::int64_t> grant;
        std::optional<std::int64_t> lastGrant;
        std::optional<std::int64_t> useful;
    };
    std::optional<AgainstTwin> againstTwin;
};

struct Simulation {
    std::vector<PeriodResult> periods;
    std::vector<TeamSummary> teams;  // in the order of the scenario's teams
};

// `scenario` must have no errors.
Simulation simulate(const Scenario& scenario, std::uint64_t seed);

}  // namespace bursar::simulation
