// Scenarios: teams with their true need of tokens and their way of forecasting, under one policy.
//
// A scenario is a manifest of kind Simulation; it is only read from files (docs/simulations/README.md describes its
// fields). Percentages are integers; amounts are tokens per budget window, as in the CRDs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/field_reader.hpp"

namespace bursar::simulation {

// A team's average need in a window, before noise: the base, grown once for every past period, times the season.
struct Demand {
    api::Tokens base;
    int growthPercent = 0;           // per period, compounding; -90 … 100
    std::vector<int> seasonPercent;  // of the first period, the second, …, repeated; empty: 100
    std::vector<int> windowPercent;  // of the first window of a period, the second, …, repeated (a week); empty: 100
    int noisePercent = 0;            // the largest deviation of a window's need, evenly distributed; 0 … 100
};

enum class StrategyType {
    Honest,      // forecasts its true mean need
    Hoarder,     // forecasts factorPercent of it
    FanOut,      // forecasts its need, and requests factorPercent of it in every window
    EveryOther,  // inflates by factorPercent in every other period, from the second on
    CashIn,      // is honest for `after` periods, then inflates by factorPercent
    Creep,       // inflates up to the tolerance
    Slack,       // inflates by factorPercent, and burns its grant up to its forecast (use it or lose it)
};

std::string_view toString(StrategyType type);

struct Strategy {
    StrategyType type = StrategyType::Honest;
    int factorPercent = 100;  // 100 … 10,000
    int after = 4;            // CashIn: honest periods, 1 … 100
};

struct Team {
    std::string name;
    std::string pool;
    Strategy strategy;
    Demand demand;
    std::string twinOf;  // the team with the same need, including noise; empty: none
};

struct Scenario {
    api::AllocationPolicy policy;
    int periods = 8;           // 1 … 100
    int windowsPerPeriod = 0;  // simulated windows of a period, 1 … 400; by default 90 for a quarter, 30 for a month
    std::vector<Team> teams;   // 1 … 1000, sorted by name; periods · teams · windows at most 10,000,000

    std::vector<api::FieldError> errors;  // not empty: the scenario cannot be simulated
};

// Unknown fields are errors. The contents of policy blocks that a simulation ignores are not checked (gateways, usage,
// pricing, chargeback, borrowing, teams).
Scenario parseScenario(const nlohmann::json& object);

}  // namespace bursar::simulation
