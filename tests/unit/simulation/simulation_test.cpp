#include "controllers/simulation/simulation.hpp"

#include <catch2/catch.hpp>

#include "controllers/simulation/demand.hpp"
#include "tests/unit/simulation/scenarios.hpp"

using namespace bursar;
using namespace bursar::simulation;
using namespace bursar::simulation::testing;

namespace {

std::vector<std::int64_t> haircutsOf(const Simulation& result) {
    std::vector<std::int64_t> haircuts;
    for (std::size_t period = 0; period < result.periods.size(); ++period) {
        haircuts.push_back(insights(result, period).haircutPercent);
    }
    return haircuts;
}

}  // namespace

TEST_CASE("needs follow the scenario's growth, seasons and weeks") {
    Demand demand;
    demand.base = api::Tokens{1000};
    demand.growthPercent = 10;
    demand.seasonPercent = {100, 50};
    demand.windowPercent = {150, 75, 75};
    DemandStream stream{demand, 1, "a"};
    const auto first = stream.next(4);
    CHECK(first.needs == std::vector<std::int64_t>{1500, 750, 750, 1500});
    CHECK(first.mean == 1125);  // 4500/4
    // 1100·50 % = 550: 825, 412 (412.5), 412, 825
    const auto second = stream.next(4);
    CHECK(second.needs == std::vector<std::int64_t>{825, 412, 412, 825});
    CHECK(second.mean == 618);  // 2474/4 = 618.5
}

TEST_CASE("noise stays within its bounds, is the same for the same seed, and shared by twins") {
    Demand demand;
    demand.base = api::Tokens{1'000'000};
    demand.noisePercent = 10;
    const auto first = DemandStream{demand, 7, "a"}.next(400).needs;
    CHECK(first == DemandStream{demand, 7, "a"}.next(400).needs);
    CHECK(first != DemandStream{demand, 8, "a"}.next(400).needs);
    CHECK(first != DemandStream{demand, 7, "b"}.next(400).needs);
    for (const std::int64_t need : first) {
        CHECK(need >= 900'000);
        CHECK(need <= 1'100'000);
    }
}

TEST_CASE("a fan-out uses its whole grant, is refused in every window, and takes no other team's share") {
    const Simulation result = run({4 * kNeed, 50}, {{"type", "Honest"}});
    for (const PeriodResult& period : result.periods) {
        const TeamPeriod& research = period.teams.at(1);
        CHECK(research.forecast == kNeed);
        CHECK(research.used == research.grant);
        CHECK(research.refusedWindows == 90);
        CHECK(research.haircutPercent == 0);
        CHECK(period.teams.at(2).unmet == 0);
        CHECK(period.pools.at(0).utilisationPercent == 75);  // 3·100M of 400M
    }
}

TEST_CASE("each strategy forecasts by its rule") {
    const auto forecasts = [](const nlohmann::json& strategy) {
        const Simulation result = run({kPlenty, 50, "Enforced", 4}, strategy);
        std::vector<std::int64_t> percents;
        for (std::size_t period = 0; period < 4; ++period) {
            percents.push_back(insights(result, period).forecast * 100 / kNeed);
        }
        return percents;
    };
    using Percents = std::vector<std::int64_t>;
    CHECK(forecasts({{"type", "Honest"}}) == Percents{100, 100, 100, 100});
    CHECK(forecasts(hoarder(150)) == Percents{150, 150, 150, 150});
    CHECK(forecasts({{"type", "EveryOther"}, {"factorPercent", 150}}) == Percents{100, 150, 100, 150});
    CHECK(forecasts({{"type", "CashIn"}, {"factorPercent", 150}, {"after", 3}}) == Percents{100, 100, 100, 150});
    CHECK(forecasts({{"type", "Creep"}}) == Percents{125, 125, 125, 125});  // A/(1 − 20 %)
}

TEST_CASE("a team that burns tokens up to its forecast is never caught, and pays for them") {
    const Simulation result = run({kPlenty, 50}, {{"type", "Slack"}, {"factorPercent", 150}});
    CHECK(haircutsOf(result) == std::vector<std::int64_t>(8, 0));
    CHECK(result.teams.at(0).grant == kNeed * 3 / 2);
    CHECK(result.teams.at(0).burned == kNeed / 2);
    CHECK(result.teams.at(0).useful == result.teams.at(2).useful);
}

TEST_CASE("a team that was honest for long is caught a quarter after it inflates, and its record softens the haircut") {
    // e = 66⅔, over = 66⅔ + 23⅓ = 90; three honest quarters before: κ = 90/(1 + ½ + ¼ + ⅛) = 48
    const Simulation result =
        run({kPlenty, 0, "Enforced", 6}, {{"type", "CashIn"}, {"factorPercent", 300}, {"after", 4}});
    CHECK(haircutsOf(result) == std::vector<std::int64_t>{0, 0, 0, 0, 0, 48});
    CHECK(insights(result, 4).grant == 3 * kNeed);
    CHECK(insights(result, 5).grant == kNeed / 100 * 156);
}

TEST_CASE("the same scenario and seed give the same result") {
    ThreeTeams noisy;
    noisy.demand = {{"base", kNeed}, {"noisePercent", 20}};
    const auto grants = [&](std::uint64_t seed) {
        std::vector<std::int64_t> all;
        for (const PeriodResult& period : run(noisy, hoarder(150), seed).periods) {
            for (const TeamPeriod& team : period.teams) all.push_back(team.grant);
        }
        return all;
    };
    CHECK(grants(1) == grants(1));
    CHECK(grants(1) != grants(2));
}

TEST_CASE("the largest amounts do not overflow") {
    ThreeTeams huge;
    huge.capacity = api::kMaxTokens;
    huge.demand = {{"base", api::kMaxTokens}, {"growthPercent", 100}};
    const Simulation result = run(huge, hoarder(10'000));
    CHECK(result.periods.back().pools.at(0).granted == api::kMaxTokens);
    CHECK(result.teams.at(0).need == api::kMaxTokens);
}
