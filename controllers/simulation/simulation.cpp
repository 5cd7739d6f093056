#include "controllers/simulation/simulation.hpp"

#include <algorithm>
#include <map>

#include "controllers/simulation/demand.hpp"
#include "controllers/treasury/decide.hpp"

namespace bursar::simulation {
namespace {

using api::Wide;
using treasury::PeriodRecord;

std::int64_t meanOf(Wide sum, std::int64_t count) { return static_cast<std::int64_t>(sum / count); }

// Exact sums over windows.
struct Totals {
    Wide need = 0;
    Wide grant = 0;
    Wide used = 0;
    Wide burned = 0;
    Wide unmet = 0;

    void add(const Totals& other) {
        need += other.need;
        grant += other.grant;
        used += other.used;
        burned += other.burned;
        unmet += other.unmet;
    }
};

// A team's forecast in a period (counted from 0), by its strategy.
std::int64_t forecastOf(const Strategy& strategy, const api::ForecastDiscipline& discipline, std::int64_t mean,
                        int period) {
    switch (strategy.type) {
        case StrategyType::Honest:
        case StrategyType::FanOut:
            return mean;
        case StrategyType::Hoarder:
        case StrategyType::Slack:
            return scaled(mean, strategy.factorPercent);
        case StrategyType::EveryOther:
            return period % 2 == 1 ? scaled(mean, strategy.factorPercent) : mean;
        case StrategyType::CashIn:
            return period >= strategy.after ? scaled(mean, strategy.factorPercent) : mean;
        case StrategyType::Creep: {
            // The largest F with 100·(F − mean)/F <= tolerance.
            const int rest = 100 - discipline.tolerancePercent;
            if (rest <= 0) return api::kMaxTokens;
            const Wide most = static_cast<Wide>(mean) * 100 / rest;
            return static_cast<std::int64_t>(std::min<Wide>(most, api::kMaxTokens));
        }
    }
    return mean;
}

// A team through all periods.
class Actor {
  public:
    Actor(const Team& team, std::uint64_t seed)
        : team_(team), demand_(team.demand, seed, team.twinOf.empty() ? team.name : team.twinOf) {}

    // Draws the needs of the next period, and forecasts it.
    void plan(const Scenario& scenario, int period) {
        now_ = demand_.next(scenario.windowsPerPeriod);
        forecast_ = forecastOf(team_.strategy, scenario.policy.forecastDiscipline, now_.mean, period);
    }

    // Spends the grant in all windows of the period, and records the period.
    TeamPeriod live(const treasury::Budget& budget, int period) {
        const std::int64_t grant = budget.baseline.value();
        Totals sums;
        int refused = 0;
        for (const std::int64_t need : now_.needs) refused += spend(need, grant, sums) ? 1 : 0;
        const auto windows = static_cast<std::int64_t>(now_.needs.size());
        record_.insert(record_.begin(), PeriodRecord{std::to_string(period + 1), static_cast<Wide>(forecast_) * windows,
                                                     sums.used, windows, refused});
        totals_.add(sums);
        lastGrant_ = grant;
        const treasury::Rationale& r = budget.rationale;
        return {meanOf(sums.need, windows),
                forecast_,
                r.claim,
                r.haircutPercent,
                grant,
                r.bound,
                meanOf(sums.used, windows),
                meanOf(sums.burned, windows),
                meanOf(sums.unmet, windows),
                refused};
    }

    [[nodiscard]] std::int64_t forecast() const { return forecast_; }
    [[nodiscard]] const std::vector<PeriodRecord>& record() const { return record_; }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    [[nodiscard]] std::int64_t lastGrant() const { return lastGrant_; }

  private:
    // Spends one window; true if the team was refused tokens.
    bool spend(std::int64_t need, std::int64_t grant, Totals& sums) const {
        const bool fansOut = team_.strategy.type == StrategyType::FanOut;
        std::int64_t asked = fansOut ? scaled(need, team_.strategy.factorPercent) : need;
        if (team_.strategy.type == StrategyType::Slack) asked = std::max(need, std::min(forecast_, grant));
        const std::int64_t used = std::min(asked, grant);
        sums.need += need;
        sums.grant += grant;
        sums.used += used;
        sums.burned += std::max<std::int64_t>(0, used - need);
        sums.unmet += std::max<std::int64_t>(0, need - used);
        return asked > grant;
    }

    const Team& team_;
    DemandStream demand_;
    DemandStream::Period now_;
    std::int64_t forecast_ = 0;
    std::vector<PeriodRecord> record_;  // newest first
    Totals totals_;
    std::int64_t lastGrant_ = 0;
};

treasury::World worldOf(const Scenario& scenario, const std::vector<Actor>& actors) {
    treasury::World world;
    world.policies.push_back(std::make_shared<api::AllocationPolicy>(scenario.policy));
    for (std::size_t i = 0; i < actors.size(); ++i) {
        const Team& team = scenario.teams[i];
        auto quota = std::make_shared<api::TeamQuota>();
        quota->meta.ns = team.name;
        quota->meta.name = team.name;
        quota->policy = scenario.policy.meta.name;
        quota->team = team.name;
        quota->requests.push_back({team.pool, api::Tokens{actors[i].forecast()}, {}, "spec.requests[0]", true});
        world.quotas.push_back(std::move(quota));
        world.record[{scenario.policy.meta.name, team.pool, team.name}] = actors[i].record();
    }
    return world;
}

std::vector<PoolPeriod> poolsOf(const Scenario& scenario, const treasury::PolicyDecision& policy,
                                const std::vector<TeamPeriod>& teams) {
    std::vector<PoolPeriod> pools;
    for (const treasury::PoolDecision& decided : policy.pools) {
        PoolPeriod pool{decided.name, decided.distributable.value(), decided.granted.value(), 0, 0};
        for (std::size_t i = 0; i < teams.size(); ++i) {
            if (scenario.teams[i].pool == pool.pool) pool.used += teams[i].used;
        }
        if (pool.distributable > 0) {
            pool.utilisationPercent = static_cast<int>(static_cast<Wide>(pool.used) * 100 / pool.distributable);
        }
        pools.push_back(std::move(pool));
    }
    return pools;
}

// The difference in tenths of a percent of `other`.
std::optional<std::int64_t> moreThan(Wide mine, Wide other) {
    if (other == 0) return std::nullopt;
    return static_cast<std::int64_t>((mine - other) * 1000 / other);
}

std::vector<TeamSummary> summarise(const Scenario& scenario, const std::vector<Actor>& actors) {
    const std::int64_t windows = std::int64_t{scenario.periods} * scenario.windowsPerPeriod;
    std::map<std::string, const Actor*> byName;
    for (std::size_t i = 0; i < actors.size(); ++i) byName[scenario.teams[i].name] = &actors[i];
    std::vector<TeamSummary> summaries;
    for (std::size_t i = 0; i < actors.size(); ++i) {
        const Totals& mine = actors[i].totals();
        TeamSummary summary{meanOf(mine.need, windows),
                            meanOf(mine.grant, windows),
                            meanOf(mine.used - mine.burned, windows),
                            meanOf(mine.burned, windows),
                            meanOf(mine.unmet, windows),
                            actors[i].lastGrant(),
                            {}};
        if (!scenario.teams[i].twinOf.empty()) {
            const Actor& twin = *byName.at(scenario.teams[i].twinOf);
            const Totals& other = twin.totals();
            summary.againstTwin = {moreThan(mine.grant, other.grant), moreThan(summary.lastGrant, twin.lastGrant()),
                                   moreThan(mine.used - mine.burned, other.used - other.burned)};
        }
        summaries.push_back(summary);
    }
    return summaries;
}

}  // namespace

Simulation simulate(const Scenario& scenario, std::uint64_t seed) {
    std::vector<Actor> actors;
    for (const Team& team : scenario.teams) actors.emplace_back(team, seed);
    Simulation simulation;
    for (int period = 0; period < scenario.periods; ++period) {
        for (Actor& actor : actors) actor.plan(scenario, period);
        // Grants depend only on forecasts and records, so one decision is valid for the whole period.
        const treasury::Decisions decisions = treasury::decide(worldOf(scenario, actors), Instant{});
        PeriodResult result;
        for (std::size_t i = 0; i < actors.size(); ++i) {
            result.teams.push_back(actors[i].live(decisions.quotas[i].budgets.front(), period));  // both sorted by name
        }
        result.pools = poolsOf(scenario, decisions.policies.front(), result.teams);
        simulation.periods.push_back(std::move(result));
    }
    simulation.teams = summarise(scenario, actors);
    return simulation;
}

}  // namespace bursar::simulation
