#include <fmt/format.h>

#include <cstdlib>

#include "operator/cli/simulate/simulate_command.hpp"
#include "operator/cli/text/text_table.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using nlohmann::json;
using simulation::PeriodResult;
using simulation::Scenario;
using simulation::Simulation;
using simulation::TeamPeriod;
using simulation::TeamSummary;

// Tenths of a percent as `+12.3 %`.
std::string tenths(const std::optional<std::int64_t>& value) {
    if (!value) return "-";
    return fmt::format("{}{}.{} %", *value < 0 ? "-" : "+", std::abs(*value) / 10, std::abs(*value) % 10);
}

// Tenths of a percent as the decimal `12.3`, exactly.
json decimal(const std::optional<std::int64_t>& value) {
    if (!value) return nullptr;
    return fmt::format("{}{}.{}", *value < 0 ? "-" : "", std::abs(*value) / 10, std::abs(*value) % 10);
}

std::vector<Align> columns(std::size_t texts, std::size_t numbers) {
    std::vector<Align> align(texts, Align::Left);
    align.resize(texts + numbers, Align::Right);
    return align;
}

std::string periodTable(const Scenario& scenario, const PeriodResult& period, std::size_t number) {
    std::string text = fmt::format("period {}:", number);
    for (const auto& pool : period.pools) {
        text += fmt::format(" {}: {} distributable, {} granted, {} used ({} %)", pool.pool,
                            formatThousands(pool.distributable), formatThousands(pool.granted),
                            formatThousands(pool.used), pool.utilisationPercent);
    }
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < period.teams.size(); ++i) {
        const TeamPeriod& team = period.teams[i];
        rows.push_back({scenario.teams[i].name, std::string{toString(team.bound)}, formatThousands(team.need),
                        formatThousands(team.forecast), fmt::format("{} %", team.haircutPercent),
                        formatThousands(team.claim), formatThousands(team.grant), formatThousands(team.used),
                        formatThousands(team.unmet),
                        fmt::format("{}/{}", team.refusedWindows, scenario.windowsPerPeriod)});
    }
    return text + "\n" +
           renderColumns({"TEAM", "BOUND", "NEED", "FORECAST", "HAIRCUT", "CLAIM", "GRANT", "USED", "UNMET", "REFUSED"},
                         columns(2, 8), rows, 2) +
           "\n";
}

std::string summaryTable(const Scenario& scenario, const Simulation& result) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < result.teams.size(); ++i) {
        const TeamSummary& team = result.teams[i];
        const auto twin = team.againstTwin.value_or(TeamSummary::AgainstTwin{});
        rows.push_back({scenario.teams[i].name, std::string{toString(scenario.teams[i].strategy.type)},
                        scenario.teams[i].twinOf.empty() ? "-" : scenario.teams[i].twinOf, formatThousands(team.need),
                        formatThousands(team.grant), formatThousands(team.useful), formatThousands(team.burned),
                        formatThousands(team.unmet), formatThousands(team.lastGrant), tenths(twin.grant),
                        tenths(twin.lastGrant), tenths(twin.useful)});
    }
    return renderColumns({"TEAM", "STRATEGY", "TWIN", "NEED", "GRANT", "USEFUL", "BURNED", "UNMET", "LAST GRANT",
                          "GRANT/TWIN", "LAST/TWIN", "USEFUL/TWIN"},
                         columns(3, 9), rows, 2);
}

json describe(const TeamPeriod& team, const simulation::Team& spec) {
    return {{"team", spec.name},
            {"strategy", toString(spec.strategy.type)},
            {"need", team.need},
            {"forecast", team.forecast},
            {"haircutPercent", team.haircutPercent},
            {"claim", team.claim},
            {"grant", team.grant},
            {"bound", toString(team.bound)},
            {"used", team.used},
            {"burned", team.burned},
            {"unmet", team.unmet},
            {"refusedWindows", team.refusedWindows}};
}

json describe(const TeamSummary& team, const simulation::Team& spec) {
    const auto twin = team.againstTwin.value_or(TeamSummary::AgainstTwin{});
    return {{"team", spec.name},
            {"strategy", toString(spec.strategy.type)},
            {"twinOf", spec.twinOf.empty() ? json(nullptr) : json(spec.twinOf)},
            {"need", team.need},
            {"grant", team.grant},
            {"useful", team.useful},
            {"burned", team.burned},
            {"unmet", team.unmet},
            {"lastGrant", team.lastGrant},
            {"grantAgainstTwinPercent", decimal(twin.grant)},
            {"lastGrantAgainstTwinPercent", decimal(twin.lastGrant)},
            {"usefulAgainstTwinPercent", decimal(twin.useful)}};
}

}  // namespace

std::string renderTable(const Scenario& scenario, const Simulation& result) {
    std::string text;
    for (std::size_t p = 0; p < result.periods.size(); ++p) text += periodTable(scenario, result.periods[p], p + 1);
    return text + "all periods, means per window:\n" + summaryTable(scenario, result);
}

std::string renderJson(const Scenario& scenario, const Simulation& result, std::uint64_t seed) {
    json out = {{"seed", seed},
                {"windowsPerPeriod", scenario.windowsPerPeriod},
                {"periods", json::array()},
                {"summary", json::array()}};
    for (std::size_t p = 0; p < result.periods.size(); ++p) {
        json period = {{"period", p + 1}, {"pools", json::array()}, {"teams", json::array()}};
        for (const auto& pool : result.periods[p].pools) {
            period["pools"].push_back({{"name", pool.pool},
                                       {"distributable", pool.distributable},
                                       {"granted", pool.granted},
                                       {"used", pool.used},
                                       {"utilisationPercent", pool.utilisationPercent}});
        }
        for (std::size_t i = 0; i < scenario.teams.size(); ++i) {
            period["teams"].push_back(describe(result.periods[p].teams[i], scenario.teams[i]));
        }
        out["periods"].push_back(std::move(period));
    }
    for (std::size_t i = 0; i < scenario.teams.size(); ++i) {
        out["summary"].push_back(describe(result.teams[i], scenario.teams[i]));
    }
    return jsonText(out, 2) + "\n";
}

std::string renderCsv(const Scenario& scenario, const Simulation& result) {
    std::string text =
        "period,team,pool,strategy,need,forecast,haircutPercent,claim,grant,bound,used,burned,unmet,"
        "refusedWindows,windows\n";
    for (std::size_t p = 0; p < result.periods.size(); ++p) {
        for (std::size_t i = 0; i < scenario.teams.size(); ++i) {
            const simulation::Team& spec = scenario.teams[i];
            const TeamPeriod& team = result.periods[p].teams[i];
            text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", p + 1, spec.name, spec.pool,
                                toString(spec.strategy.type), team.need, team.forecast, team.haircutPercent, team.claim,
                                team.grant, toString(team.bound), team.used, team.burned, team.unmet,
                                team.refusedWindows, scenario.windowsPerPeriod);
        }
    }
    return text;
}

}  // namespace bursar::cli
