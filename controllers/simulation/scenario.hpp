// Scenarios: teams with their true need of tokens, how each of them forecasts, and the policy they live under.
//
// A scenario is a manifest of kind Simulation, which no cluster knows (docs/simulations/README.md describes its
// fields). Percentages are integers; amounts are tokens per budget window, as in the CRDs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/field_reader.hpp"

namespace bursar::simulation {

// What a team needs on average in a window, before noise: base, grown by every period that passed, times the season.
struct Demand {
    api::Tokens base;
    int growthPercent = 0;           // a period, compounding; -90 … 100
    std::vector<int> seasonPercent;  // of the first period, the second, …, repeated; empty: 100
    std::vector<int> windowPercent;  // of the first window of a period, the second, …, repeated (a week); empty: 100
    int noisePercent = 0;            // each window's need is off by up to this much, evenly; 0 … 100
};

enum class StrategyType {
    Honest,      // forecasts its true mean need
    Hoarder,     // forecasts factorPercent of it
    FanOut,      // forecasts its need, and asks for factorPercent of it in every window
    EveryOther,  // inflates by factorPercent in every other period, from the second on
    CashIn,      // is honest for `after` periods, then inflates by factorPercent
    Creep,       // inflates as far as the tolerance reaches
    Slack,       // inflates by factorPercent, and burns what it was granted up to its forecast (use it or lose it)
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
    std::string twinOf;  // the team whose need this one shares, noise included; empty: none
};

struct Scenario {
    api::AllocationPolicy policy;
    int periods = 8;           // 1 … 100
    int windowsPerPeriod = 0;  // windows that stand for those of a period, 1 … 400; 90 for a quarter, 30 for a month
    std::vector<Team> teams;   // 1 … 1000, sorted by name; periods · teams · windows at most 10,000,000

    std::vector<api::FieldError> errors;  // not empty: the scenario cannot be simulated
};

// Unknown fields are errors; of the policy's blocks that play no part here (gateways, usage, pricing, chargeback,
// borrowing, teams) only the name is looked at.
Scenario parseScenario(const nlohmann::json& object);

}  // namespace bursar::simulation
