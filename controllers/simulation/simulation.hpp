// The treasury over simulated time: the same decide() as everywhere, once a period, and what teams do with the grants.
//
// In each window a team asks for what its strategy makes of its need, uses at most its grant, and counts as refused
// where it asked for more. What it forecast and used in a period is the record the next period is decided on. Loans are
// not simulated. Pure; the same scenario and seed give the same result.
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
    std::int64_t need = 0;      // mean of what it truly needed
    std::int64_t forecast = 0;  // what it said it would use
    std::int64_t claim = 0;
    int haircutPercent = 0;  // as applied
    std::int64_t grant = 0;
    treasury::Bound bound = treasury::Bound::Claim;
    std::int64_t used = 0;    // mean, with what was burned
    std::int64_t burned = 0;  // mean of what was used without need
    std::int64_t unmet = 0;   // mean of need not met
    int refusedWindows = 0;
};

struct PoolPeriod {
    std::string pool;
    std::int64_t distributable = 0;
    std::int64_t granted = 0;
    std::int64_t used = 0;       // mean
    int utilisationPercent = 0;  // used of distributable, rounded down
};

struct PeriodResult {
    std::vector<TeamPeriod> teams;  // in the order of the scenario's teams
    std::vector<PoolPeriod> pools;  // in the order of the policy's pools
};

// A team over all periods: means per window, rounded down. `useful` is what was used for a need.
struct TeamSummary {
    std::int64_t need = 0;
    std::int64_t grant = 0;
    std::int64_t useful = 0;
    std::int64_t burned = 0;
    std::int64_t unmet = 0;
    std::int64_t lastGrant = 0;  // in the last period

    // More or less than its twin, in tenths of a percent of the twin's, rounded towards zero; absent without a twin and
    // where the twin has nothing.
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

// `scenario` must be without errors.
Simulation simulate(const Scenario& scenario, std::uint64_t seed);

}  // namespace bursar::simulation
