#include "operator/cli/simulate/simulate_command.hpp"

#include <fmt/format.h>

#include <iostream>
#include <map>

#include "controllers/api/manifests/manifest.hpp"
#include "operator/cli/verb/exit_code.hpp"

namespace bursar::cli {
namespace {

std::string render(const simulation::Scenario& scenario, const SimulateOptions& options) {
    const simulation::Simulation result = simulation::simulate(scenario, options.seed);
    switch (options.format) {
        case SimulateFormat::Table:
            return renderTable(scenario, result);
        case SimulateFormat::Json:
            return renderJson(scenario, result, options.seed);
        case SimulateFormat::Csv:
            return renderCsv(scenario, result);
    }
    return {};
}

}  // namespace

Answer runSimulate(const SimulateOptions& options, std::istream& in) {
    const api::ManifestSet read = api::readManifests({options.file}, false, in);
    std::string errors;
    for (const api::ManifestError& error : read.errors) errors += error.toString() + "\n";
    if (read.manifests.size() != 1 || !errors.empty()) {
        if (errors.empty()) {
            errors =
                fmt::format("{}: has {} documents; a scenario is one document\n", options.file, read.manifests.size());
        }
        return {{}, errors, kCannotBeDone};
    }
    const api::Manifest& manifest = read.manifests.front();
    const simulation::Scenario scenario = simulation::parseScenario(manifest.object);
    for (const api::FieldError& error : scenario.errors) {
        errors += fmt::format("{}: {}\n", manifest.placeOf(error.field).toString(), error.toString());
    }
    if (!errors.empty()) return {{}, errors, kUnusable};
    return {render(scenario, options), {}, 0};
}

}  // namespace bursar::cli
