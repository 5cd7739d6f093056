#include "controllers/simulation/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>

#include "controllers/api/names.hpp"
#include "controllers/api/team_quota.hpp"

namespace bursar::simulation {
namespace {

using api::FieldError;
using api::FieldReader;
using nlohmann::json;

constexpr std::int64_t kMostSteps = 10'000'000;
constexpr int kMostTeams = 1000;

constexpr std::pair<std::string_view, StrategyType> kStrategies[] = {
    {"Honest", StrategyType::Honest}, {"Hoarder", StrategyType::Hoarder},       {"FanOut", StrategyType::FanOut},
    {"Creep", StrategyType::Creep},   {"EveryOther", StrategyType::EveryOther}, {"CashIn", StrategyType::CashIn},
    {"Slack", StrategyType::Slack}};

using Names = std::initializer_list<const char*>;

// Adds an error for every field of `object` that is not among `names`.
void refuseUnknown(const json& object, const std::string& path, Names names, std::vector<FieldError>& errors) {
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        errors.push_back({path.empty() ? name : fmt::format("{}.{}", path, name),
                          fmt::format("is not a field here; the fields are {}", fmt::join(names, ", "))});
    }
}

const json& childOf(const json& object, const char* name) {
    static const json kNothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : kNothing;
}

template <typename F>
void forEachOf(const json& object, const char* name, const std::string& path, F&& f) {
    const json& list = childOf(object, name);
    if (!list.is_array()) return;
    for (std::size_t i = 0; i < list.size(); ++i) f(list[i], fmt::format("{}{}[{}]", path, name, i));
}

void refuseUnknownInPolicy(const json& policy, std::vector<FieldError>& errors) {
    refuseUnknown(policy, "spec.policy",
                  {"charter", "period", "teams", "pools", "allocation", "borrowing", "forecastDiscipline", "pricing",
                   "chargeback", "gateways", "usage"},
                  errors);
    refuseUnknown(childOf(policy, "charter"), "spec.policy.charter", {"sponsor", "document", "approvedOn"}, errors);
    const json& allocation = childOf(policy, "allocation");
    refuseUnknown(allocation, "spec.policy.allocation", {"historyPercent", "defaultWeight", "weights"}, errors);
    refuseUnknown(childOf(policy, "forecastDiscipline"), "spec.policy.forecastDiscipline",
                  {"enforcement", "tolerancePercent", "severityPercent", "maxHaircutPercent", "lookbackPeriods"},
                  errors);
    forEachOf(policy, "pools", "spec.policy.", [&](const json& pool, const std::string& path) {
        refuseUnknown(pool, path,
                      {"name", "models", "window", "tokensPerWindow", "tokensPerMinute", "burstPercent", "unallocated"},
                      errors);
    });
    forEachOf(allocation, "weights", "spec.policy.allocation.", [&](const json& weight, const std::string& path) {
        refuseUnknown(weight, path, {"team", "pool", "weight", "floor", "ceiling"}, errors);
    });
}

api::AllocationPolicy readPolicy(const json& object, std::vector<FieldError>& errors) {
    refuseUnknownInPolicy(object, errors);
    api::AllocationPolicy policy = api::parseAllocationPolicy(object);
    policy.meta.name = "simulated";
    policy.namespaceSelector = {};  // every simulated team may use it
    for (FieldError error : policy.errors) {
        constexpr std::string_view kSpec = "spec";
        error.field = "spec.policy" + error.field.substr(std::min(kSpec.size(), error.field.size()));
        errors.push_back(std::move(error));
    }
    return policy;
}

std::vector<int> readPercents(const json& object, const char* name, const std::string& path,
                              std::vector<FieldError>& errors) {
    std::vector<int> percents;
    const json& list = childOf(object, name);
    if (list.is_null()) return percents;
    const auto fits = [](const json& value) {
        return value.is_number_integer() && value >= json(0) && value <= json(10'000);
    };
    if (!list.is_array() || list.size() > 1000 || !std::all_of(list.begin(), list.end(), fits)) {
        errors.push_back({path + "." + name, "must be a list of at most 1000 integers from 0 to 10000"});
        return percents;
    }
    for (const json& value : list) percents.push_back(value.get<int>());
    return percents;
}

Demand readDemand(const json& object, const std::string& path, std::vector<FieldError>& errors) {
    refuseUnknown(object, path, {"base", "growthPercent", "seasonPercent", "windowPercent", "noisePercent"}, errors);
    const FieldReader reader{object, path, errors};
    Demand demand;
    demand.base = reader.requiredAmount<api::Tokens>("base");
    demand.growthPercent = reader.number("growthPercent", 0, -90, 100);
    demand.seasonPercent = readPercents(object, "seasonPercent", path, errors);
    demand.windowPercent = readPercents(object, "windowPercent", path, errors);
    demand.noisePercent = reader.number("noisePercent", 0, 0, 100);
    return demand;
}

Strategy readStrategy(const FieldReader& team, const json& object, std::vector<FieldError>& errors) {
    refuseUnknown(object, team.path() + ".strategy", {"type", "factorPercent", "after"}, errors);
    const FieldReader reader = team.child("strategy");
    Strategy strategy;
    strategy.type = reader.oneOf("type", kStrategies, StrategyType::Honest);
    const bool inflates = strategy.type != StrategyType::Honest && strategy.type != StrategyType::Creep;
    if (inflates && !reader.has("factorPercent")) reader.errorAt("factorPercent", "is required: 130 inflates by 1.3");
    if (!inflates && reader.has("factorPercent")) reader.errorAt("factorPercent", "is not for this type");
    strategy.factorPercent = reader.number("factorPercent", 100, 100, 10'000);
    if (reader.has("after") && strategy.type != StrategyType::CashIn) reader.errorAt("after", "is only for CashIn");
    strategy.after = reader.number("after", 4, 1, 100);
    return strategy;
}

Team readTeam(const json& object, const std::string& path, const Scenario& scenario, std::vector<FieldError>& errors) {
    refuseUnknown(object, path, {"name", "pool", "demand", "strategy", "twinOf"}, errors);
    const FieldReader reader{object, path, errors};
    Team team;
    team.name = reader.requiredText("name");
    if (!team.name.empty() && !api::isTeamName(team.name)) {
        reader.errorAt("name", "may hold lower-case letters, digits and '-', at most 63 of them");
    }
    team.pool = reader.text("pool", scenario.policy.pools.empty() ? "" : scenario.policy.pools.front().name);
    if (scenario.policy.findPool(team.pool) == nullptr) {
        reader.errorAt("pool", fmt::format("the policy has no pool \"{}\"", team.pool));
    }
    team.strategy = readStrategy(reader, childOf(object, "strategy"), errors);
    team.twinOf = reader.text("twinOf");
    if (!team.twinOf.empty() && reader.has("demand")) {
        reader.errorAt("demand", "is that of the twin; leave it out, or leave out twinOf");
    } else if (team.twinOf.empty()) {
        team.demand = readDemand(childOf(object, "demand"), path + ".demand", errors);
    }
    return team;
}

// A twin has the demand of its other team, which must have its own.
void settleTwins(Scenario& scenario) {
    std::map<std::string, const Team*> byName;
    for (const Team& team : scenario.teams) {
        if (!byName.emplace(team.name, &team).second) {
            scenario.errors.push_back({"spec.teams", fmt::format("names the team \"{}\" twice", team.name)});
        }
    }
    for (Team& team : scenario.teams) {
        if (team.twinOf.empty()) continue;
        const auto found = byName.find(team.twinOf);
        if (found == byName.end() || !found->second->twinOf.empty()) {
            scenario.errors.push_back(
                {"spec.teams", fmt::format("\"{}\" is the twin of \"{}\", which is no team with a "
                                           "demand of its own",
                                           team.name, team.twinOf)});
        } else {
            team.demand = found->second->demand;
        }
    }
}

void checkSize(Scenario& scenario) {
    if (scenario.teams.empty()) scenario.errors.push_back({"spec.teams", "needs at least one team"});
    const auto teams = static_cast<std::int64_t>(scenario.teams.size());
    if (teams > kMostTeams)
        scenario.errors.push_back({"spec.teams", fmt::format("holds more than {} teams", kMostTeams)});
    if (teams * scenario.periods * scenario.windowsPerPeriod > kMostSteps) {
        scenario.errors.push_back(
            {"spec.windowsPerPeriod",
             fmt::format("periods · teams · windows is more than {}; let fewer windows stand for a period",
                         kMostSteps)});
    }
}

}  // namespace

std::string_view toString(StrategyType type) { return api::nameOf(kStrategies, type); }

Scenario parseScenario(const json& object) {
    Scenario scenario;
    std::vector<FieldError>& errors = scenario.errors;
    refuseUnknown(object, "", {"apiVersion", "kind", "metadata", "spec"}, errors);
    if (childOf(object, "kind") != json("Simulation")) errors.push_back({"kind", "must be Simulation"});
    const json& spec = childOf(object, "spec");
    refuseUnknown(spec, "spec", {"policy", "periods", "windowsPerPeriod", "teams"}, errors);
    if (childOf(spec, "policy").is_null()) errors.push_back({"spec.policy", "is required"});
    scenario.policy = readPolicy(childOf(spec, "policy"), errors);
    const FieldReader reader{spec, "spec", errors};
    scenario.periods = reader.number("periods", 8, 1, 100);
    const int usual = scenario.policy.period == api::Period::Quarter ? 90 : 30;
    scenario.windowsPerPeriod = reader.number("windowsPerPeriod", usual, 1, 400);
    forEachOf(spec, "teams", "spec.", [&](const json& team, const std::string& path) {
        scenario.teams.push_back(readTeam(team, path, scenario, errors));
    });
    std::stable_sort(scenario.teams.begin(), scenario.teams.end(),
                     [](const Team& a, const Team& b) { return a.name < b.name; });
    settleTwins(scenario);
    checkSize(scenario);
    return scenario;
}

}  // namespace bursar::simulation
