// Scenarios for tests: the three-team pattern, with insights as the team under test and storefront as its honest twin.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "controllers/simulation/simulation.hpp"

namespace bursar::simulation::testing {

inline constexpr std::int64_t kNeed = 100'000'000;  // of each team, in every window
inline constexpr std::int64_t kPlenty = 4'000'000'000;

struct ThreeTeams {
    std::int64_t capacity = kPlenty;
    int historyPercent = 50;
    std::string enforcement = "Enforced";
    int periods = 8;
    nlohmann::json demand = {{"base", kNeed}};
};

inline nlohmann::json manifestOf(const ThreeTeams& given, const nlohmann::json& strategy) {
    const nlohmann::json policy = {
        {"charter", {{"sponsor", "CTO"}}},
        {"period", "Quarter"},
        {"pools", {{{"name", "chat"}, {"window", "Day"}, {"tokensPerWindow", given.capacity}, {"burstPercent", 0}}}},
        {"allocation", {{"historyPercent", given.historyPercent}}},
        {"forecastDiscipline", {{"enforcement", given.enforcement}}}};
    return {{"kind", "Simulation"},
            {"spec",
             {{"policy", policy},
              {"periods", given.periods},
              {"teams",
               {{{"name", "insights"}, {"twinOf", "storefront"}, {"strategy", strategy}},
                {{"name", "research"},
                 {"demand", given.demand},
                 {"strategy", {{"type", "FanOut"}, {"factorPercent", 300}}}},
                {{"name", "storefront"}, {"demand", given.demand}}}}}}};
}

inline nlohmann::json hoarder(int factorPercent) { return {{"type", "Hoarder"}, {"factorPercent", factorPercent}}; }

inline Simulation run(const ThreeTeams& given, const nlohmann::json& strategy, std::uint64_t seed = 1) {
    const Scenario scenario = parseScenario(manifestOf(given, strategy));
    for (const api::FieldError& error : scenario.errors) FAIL(error.toString());
    return simulate(scenario, seed);
}

inline const TeamPeriod& insights(const Simulation& result, std::size_t period) {
    return result.periods.at(period).teams.at(0);
}
inline const TeamPeriod& storefront(const Simulation& result, std::size_t period) {
    return result.periods.at(period).teams.at(2);
}

}  // namespace bursar::simulation::testing
