// libFuzzer target for scenarios: what is wrong with one is told, and one that is right is simulated within its pools.
#include "controllers/api/manifests/manifest.hpp"
#include "controllers/simulation/simulation.hpp"
#include "tests/fuzz/require.hpp"

using namespace bursar;
using bursar::testing::require;

namespace {

constexpr std::size_t kMostSteps = 2000;  // of a simulation that an input may take

void simulateWithinPools(const simulation::Scenario& scenario) {
    const std::size_t windows =
        static_cast<std::size_t>(scenario.periods) * static_cast<std::size_t>(scenario.windowsPerPeriod);
    if (windows * scenario.teams.size() > kMostSteps) return;
    const simulation::Simulation result = simulation::simulate(scenario, 1);
    require(result.periods.size() == static_cast<std::size_t>(scenario.periods));
    for (const auto& period : result.periods) {
        for (const auto& pool : period.pools) {
            require(pool.granted >= 0 && pool.granted <= pool.distributable);
            require(pool.used >= 0);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const api::ManifestSet set = api::parseManifests(testing::textOf(data, size), "fuzz");
    for (const api::Manifest& manifest : set.manifests) {
        const simulation::Scenario scenario = simulation::parseScenario(manifest.object);
        for (const auto& error : scenario.errors) require(!error.message.empty());
        if (scenario.errors.empty()) simulateWithinPools(scenario);
    }
    return 0;
}
