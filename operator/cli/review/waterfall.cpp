#include "operator/cli/review/waterfall.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/treasury/claims.hpp"

namespace bursar::cli {
namespace {

using api::formatThousands;
using treasury::Bound;
using treasury::Rationale;
using Kind = WaterfallStep::Kind;

class Waterfall {
  public:
    void total(Kind kind, std::string term, std::string why, std::int64_t amount) {
        steps_.push_back({kind, std::move(term), std::move(why), 0, amount, {}});
    }

    void change(std::string term, std::string why, std::int64_t to) {
        steps_.push_back({Kind::Change, std::move(term), std::move(why), steps_.back().to, to, {}});
    }

    WaterfallStep& last() { return steps_.back(); }
    std::vector<WaterfallStep> take() { return std::move(steps_); }

  private:
    std::vector<WaterfallStep> steps_;
};

std::string whyHaircut(const Rationale& r, api::Enforcement enforcement) {
    if (enforcement == api::Enforcement::Off) return "forecasts are not held against what was used";
    if (r.haircutPercent > 0) return fmt::format("{} %, for past forecasts far above what was used", r.haircutPercent);
    if (r.advisoryHaircutPercent == 0) return "none: past forecasts were near what was used, or there are none";
    return fmt::format("none, as haircuts are advisory; enforced, it would take {} %, {}", r.advisoryHaircutPercent,
                       formatThousands(r.forecast - treasury::afterHaircut(r.forecast, r.advisoryHaircutPercent)));
}

void addHaircut(Waterfall& steps, const Rationale& r, api::Enforcement enforcement) {
    steps.change("Haircut", whyHaircut(r, enforcement), r.credibleForecast);
    if (r.haircutPercent == 0 && r.advisoryHaircutPercent > 0) {
        steps.last().wouldLeadTo = treasury::afterHaircut(r.forecast, r.advisoryHaircutPercent);
    }
    steps.total(Kind::Subtotal, "Credible forecast", "what is left of the forecast", r.credibleForecast);
}

std::string whyHistory(const Rationale& r, api::Period period) {
    if (!r.history) return "no closed period yet: the forecast alone counts";
    return fmt::format("{} % of last {}’s use, {}, and {} % of the credible forecast", r.historyPercent,
                       period == api::Period::Quarter ? "quarter" : "month", formatThousands(*r.history),
                       100 - r.historyPercent);
}

void addClaim(Waterfall& steps, const Rationale& r, api::Period period) {
    const std::int64_t blend = treasury::unboundedClaim(r);
    steps.change("Blend with history", whyHistory(r, period), blend);
    const std::int64_t raised = treasury::claimAboveFloor(r);
    if (r.floor) {
        const std::string floor = formatThousands(*r.floor);
        steps.change("Floor",
                     raised > blend ? "raised to the " + floor + " that leadership promised"
                                    : "leadership promised at least " + floor + ", which is met",
                     raised);
    }
    if (r.ceiling) {
        const std::string ceiling = formatThousands(*r.ceiling);
        steps.change("Ceiling",
                     raised > *r.ceiling ? "lowered to the " + ceiling + " that leadership allows"
                                         : "leadership allows at most " + ceiling + ", which is kept",
                     r.claim);
    }
    steps.total(Kind::Subtotal, "Claim", "what the team may claim of the pool", r.claim);
}

std::string whyShare(const Rationale& r) {
    if (r.bound == Bound::Overcommitted) return "the floors promised to all teams exceed the pool";
    if (!r.level) return "the pool has room for every claim";
    const std::string share =
        fmt::format("weight {} at {} for a unit of weight", r.weight, formatThousands(r.level.value_or(0)));
    if (r.grant == r.claim) return "all claims do not fit the pool; this one is within its share, " + share;
    if (r.bound == Bound::Floor) {
        return fmt::format("all claims do not fit the pool; held up by the floor of {}",
                           formatThousands(r.floor.value_or(0)));
    }
    return "all claims do not fit the pool; cut to the share of " + share;
}

}  // namespace

std::vector<WaterfallStep> waterfallOf(const Rationale& r, const WaterfallRules& rules) {
    Waterfall steps;
    const std::string_view window = api::perWindow(rules.window);
    steps.total(Kind::Asked, "Forecast", fmt::format("tokens {} the team asked for", window), r.forecast);
    addHaircut(steps, r, rules.enforcement);
    addClaim(steps, r, rules.period);
    steps.change("Fair share", whyShare(r), r.grant);
    steps.total(Kind::Granted, "Grant", fmt::format("tokens {} that the gateway lets through", window), r.grant);
    return steps.take();
}

}  // namespace bursar::cli
