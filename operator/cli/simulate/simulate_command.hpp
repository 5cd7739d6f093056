// `bursar simulate`: decide() over simulated quarters, to see the effect of a policy before it is enforced.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "controllers/simulation/simulation.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

enum class SimulateFormat { Table, Json, Csv };

struct SimulateOptions {
    std::string file;  // the scenario; `-` for standard input
    SimulateFormat format = SimulateFormat::Table;
    std::uint64_t seed = 1;
};

// Exit code 0; 1 if the file cannot be read; 2 if the scenario is invalid; every error has its place.
Answer runSimulate(const SimulateOptions& options, std::istream& in);

// The columns are stable; docs/simulations/README.md describes them.
std::string renderTable(const simulation::Scenario& scenario, const simulation::Simulation& result);
std::string renderJson(const simulation::Scenario& scenario, const simulation::Simulation& result, std::uint64_t seed);
std::string renderCsv(const simulation::Scenario& scenario, const simulation::Simulation& result);

}  // namespace bursar::cli
