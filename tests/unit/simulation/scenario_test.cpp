#include "controllers/simulation/scenario.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/simulation/scenarios.hpp"

using namespace bursar;
using namespace bursar::simulation;
using namespace bursar::simulation::testing;
using nlohmann::json;

namespace {

std::vector<std::string> errorsOf(const json& manifest) {
    std::vector<std::string> errors;
    for (const api::FieldError& error : parseScenario(manifest).errors) errors.push_back(error.toString());
    return errors;
}

// The manifest of the three teams with `value` at `pointer`.
json with(const char* pointer, const json& value) {
    json manifest = manifestOf({}, hoarder(150));
    manifest[json::json_pointer(pointer)] = value;
    return manifest;
}

void refused(const char* pointer, const json& value, const std::string& error) {
    CAPTURE(pointer, value);
    const auto errors = errorsOf(with(pointer, value));
    REQUIRE(!errors.empty());
    CHECK(errors.front().substr(0, error.size()) == error);
}

}  // namespace

TEST_CASE("a scenario is read with its defaults") {
    const Scenario scenario = parseScenario(manifestOf({}, hoarder(150)));
    CHECK(scenario.errors.empty());
    CHECK(scenario.windowsPerPeriod == 90);
    REQUIRE(scenario.teams.size() == 3);
    CHECK(scenario.teams[0].pool == "chat");
    CHECK(scenario.teams[0].demand.base == api::Tokens{kNeed});  // the twin's
    CHECK(scenario.teams[0].strategy.type == StrategyType::Hoarder);
    CHECK(scenario.teams[2].strategy.type == StrategyType::Honest);
}

TEST_CASE("an error in a scenario names its field") {
    refused("/kind", "Deployment", "kind: must be Simulation");
    refused("/sepc", 1, "sepc: is not a field here; the fields are apiVersion, kind, metadata, spec");
    refused("/spec/period", 8, "spec.period: is not a field here");
    refused("/spec/periods", 101, "spec.periods: must be an integer from 1 to 100");
    refused("/spec/windowsPerPeriod", 0, "spec.windowsPerPeriod: must be an integer from 1 to 400");
    refused("/spec/policy", nullptr, "spec.policy: is required");
    refused("/spec/policy/pools/0/tokens", 1, "spec.policy.pools[0].tokens: is not a field here");
    refused("/spec/policy/allocation/historyPercent", 101, "spec.policy.allocation.historyPercent: must be");
    refused("/spec/policy/charter/sponsor", "", "spec.policy.forecastDiscipline.enforcement: Enforced needs");
    refused("/spec/teams/1/strategy/factor", 2, "spec.teams[1].strategy.factor: is not a field here");
    refused("/spec/teams/1/strategy/type", "Sly", "spec.teams[1].strategy.type: \"Sly\" is not one of Honest, Hoarder");
    refused("/spec/teams/0/demand", {{"base", 1}}, "spec.teams[0].demand: is that of the twin");
    refused("/spec/teams/0/twinOf", "nobody", "spec.teams: \"insights\" is the twin of \"nobody\"");
    refused("/spec/teams/1/name", "storefront", "spec.teams: names the team \"storefront\" twice");
    refused("/spec/teams/2/pool", "embed", "spec.teams[2].pool: the policy has no pool \"embed\"");
    refused("/spec/teams/2/demand/base", "12Mi", "spec.teams[2].demand.base: ");
    refused("/spec/teams/2/demand/seasonPercent", {100, -1}, "spec.teams[2].demand.seasonPercent: must be a list");
    refused("/spec/teams", json::array(), "spec.teams: needs at least one team");
    refused("/spec/teams/2/strategy", {{"type", "Hoarder"}}, "spec.teams[2].strategy.factorPercent: is required");
}

TEST_CASE("anything else than a scenario is refused without a crash") {
    for (const json& junk :
         {json(nullptr), json(1), json("x"), json::array({1}), json::object(),
          json{{"kind", "Simulation"}, {"spec", 1}}, json{{"spec", {{"teams", {1, "a", nullptr}}}}}}) {
        CHECK(!errorsOf(junk).empty());
    }
}
