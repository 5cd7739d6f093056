#include "controllers/treasury/rationale.hpp"

#include <fmt/format.h>

namespace bursar::treasury {
namespace {

using api::formatThousands;

std::string shareOf(int percent, const std::string& what) {
    if (percent == 50) return "half of " + what;
    if (percent == 100) return what;
    return fmt::format("{} % of {}", percent, what);
}

std::string haircutPhrase(const Rationale& r) {
    if (r.haircutPercent > 0) {
        return fmt::format("cut by {} % to {} for past over-forecasting", r.haircutPercent,
                           formatThousands(r.credibleForecast));
    }
    if (r.advisoryHaircutPercent > 0) {
        return fmt::format("no haircut applied, {} % if it were enforced", r.advisoryHaircutPercent);
    }
    return "no haircut";
}

std::string claimPhrase(const Rationale& r, api::Period period) {
    const std::string forecast = "the forecast " + formatThousands(r.forecast);
    if (!r.history) return fmt::format("{}, no history yet, {}", forecast, haircutPhrase(r));
    const std::string history =
        fmt::format("last {}'s {}", period == api::Period::Quarter ? "quarter" : "month", formatThousands(*r.history));
    if (r.historyPercent == 0) return fmt::format("{}, {}", forecast, haircutPhrase(r));
    if (r.historyPercent == 100) return history;
    return fmt::format("{} and {}, {}", shareOf(r.historyPercent, history), shareOf(100 - r.historyPercent, forecast),
                       haircutPhrase(r));
}

std::string boundPhrase(const Rationale& r) {
    switch (r.bound) {
        case Bound::Claim:
            return "granted in full";
        case Bound::Ceiling:
            return fmt::format("capped by the ceiling {}", formatThousands(r.ceiling.value_or(0)));
        case Bound::Floor:
            return fmt::format("held up by the floor {}", formatThousands(r.floor.value_or(0)));
        case Bound::FairShare:
            return fmt::format("limited by fair share at weight {} (level {})", r.weight,
                               formatThousands(r.level.value_or(0)));
        case Bound::Overcommitted:
            return fmt::format("the floors promised to all teams exceed the pool, so the floor {} is scaled down",
                               formatThousands(r.floor.value_or(0)));
    }
    return {};
}

}  // namespace

std::string_view toString(Bound bound) {
    switch (bound) {
        case Bound::Claim:
            return "Claim";
        case Bound::Floor:
            return "Floor";
        case Bound::Ceiling:
            return "Ceiling";
        case Bound::FairShare:
            return "FairShare";
        case Bound::Overcommitted:
            return "Overcommitted";
    }
    return "Claim";
}

std::string sentenceFor(const Rationale& rationale, api::BudgetWindow window, api::Period period) {
    return fmt::format("Granted {} {}: claim {} ({}), {}.", formatThousands(rationale.grant), api::perWindow(window),
                       formatThousands(rationale.claim), claimPhrase(rationale, period), boundPhrase(rationale));
}

}  // namespace bursar::treasury
