// Forecast discipline: the comparison of forecasts with consumption, and the resulting haircut (docs/design.md §3).
// Pure and exact.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/tokens.hpp"

namespace bursar::treasury {

// One closed period of one team and pool, in tokens. Sums rather than means, so that nothing is rounded.
struct PeriodRecord {
    std::string period;               // `2026Q3` or `2026-09`
    api::Wide forecastSum = 0;        // the forecast in force at each window's close
    api::Wide actualSum = 0;          // tokens consumed
    std::int64_t windows = 0;         // closed windows counted
    std::int64_t refusedWindows = 0;  // windows in which the team was refused tokens (429)
};

struct Haircut {
    int percent = 0;  // κ, 0 … maxHaircutPercent

    // One for each period within the lookback that has a forecast, newest first. The percentages in text have one
    // decimal, rounded half away from zero.
    struct Term {
        std::string period;
        std::int64_t forecast = 0;  // mean per window, rounded down
        std::int64_t actual = 0;
        std::string errorPercent;
        std::string overPercent;
        int throttledPercent = 0;  // rounded down
        int haircutPercent = 0;    // κ if this were the only period
    };
    std::vector<Term> terms;
};

// The weight of a closed period is 2^-k = 1 / weightDivisor(k), where k = 0 is the last closed one.
constexpr std::int64_t weightDivisor(std::size_t k) { return std::int64_t{1} << k; }

// κ of a team from its closed periods, newest first. Only periods within the lookback that have a forecast count. A
// period without a forecast keeps its place, so older periods still weigh less.
Haircut computeHaircut(const api::ForecastDiscipline& discipline, std::span<const PeriodRecord> newestFirst);

// Mean consumed tokens per window, rounded down; 0 where no window was counted.
std::int64_t meanConsumed(const PeriodRecord& record);

// H: the mean of the last closed period with a counted window; absent for a new team.
std::optional<std::int64_t> historyOf(std::span<const PeriodRecord> newestFirst);

// F̄: mean of the forecasts in force at each window's close, rounded down.
std::int64_t meanForecast(const PeriodRecord& record);

// The share of windows in which the team was refused tokens, rounded down.
int throttledPercent(const PeriodRecord& record);

}  // namespace bursar::treasury
