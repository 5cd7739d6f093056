#include "controllers/treasury/rationale.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <iterator>

namespace bursar::treasury {
namespace {

using api::formatThousands;

// Every decision writes a sentence for every team, so phrases go into one buffer and formats are compiled.
using Text = fmt::memory_buffer;

template <typename Format, typename... Values>
void add(Text& text, const Format& format, const Values&... values) {
    fmt::format_to(std::back_inserter(text), format, values...);
}

void addShare(Text& text, int percent) {
    if (percent == 50) return add(text, FMT_COMPILE("half of "));
    add(text, FMT_COMPILE("{} % of "), percent);
}

void addForecast(Text& text, const Rationale& r) {
    add(text, FMT_COMPILE("the forecast {}"), formatThousands(r.forecast));
}

void addHistory(Text& text, const Rationale& r, api::Period period) {
    add(text, FMT_COMPILE("last {}'s {}"), period == api::Period::Quarter ? "quarter" : "month",
        formatThousands(*r.history));
}

void addHaircut(Text& text, const Rationale& r) {
    if (r.haircutPercent > 0) {
        add(text, FMT_COMPILE(", cut by {} % to {} for past over-forecasting"), r.haircutPercent,
            formatThousands(r.credibleForecast));
    } else if (r.advisoryHaircutPercent > 0) {
        add(text, FMT_COMPILE(", no haircut applied, {} % if it were enforced"), r.advisoryHaircutPercent);
    } else {
        add(text, FMT_COMPILE(", no haircut"));
    }
}

void addClaim(Text& text, const Rationale& r, api::Period period) {
    if (!r.history) {
        addForecast(text, r);
        add(text, FMT_COMPILE(", no history yet"));
    } else if (r.historyPercent == 100) {
        return addHistory(text, r, period);
    } else if (r.historyPercent == 0) {
        addForecast(text, r);
    } else {
        addShare(text, r.historyPercent);
        addHistory(text, r, period);
        add(text, FMT_COMPILE(" and "));
        addShare(text, 100 - r.historyPercent);
        addForecast(text, r);
    }
    addHaircut(text, r);
}

void addBound(Text& text, const Rationale& r) {
    switch (r.bound) {
        case Bound::Claim:
            return add(text, FMT_COMPILE("granted in full"));
        case Bound::Ceiling:
            return add(text, FMT_COMPILE("capped by the ceiling {}"), formatThousands(r.ceiling.value_or(0)));
        case Bound::Floor:
            return add(text, FMT_COMPILE("held up by the floor {}"), formatThousands(r.floor.value_or(0)));
        case Bound::FairShare:
            return add(text, FMT_COMPILE("limited by fair share at weight {} (level {})"), r.weight,
                       formatThousands(r.level.value_or(0)));
        case Bound::Overcommitted:
            add(text, FMT_COMPILE("the floors promised to all teams exceed the pool, "));
            if (!r.floor) return add(text, FMT_COMPILE("and this team has none"));
            return add(text, FMT_COMPILE("so the floor {} is scaled down"), formatThousands(*r.floor));
    }
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
    Text text;
    add(text, FMT_COMPILE("Granted {} {}: claim {} ("), formatThousands(rationale.grant), api::perWindow(window),
        formatThousands(rationale.claim));
    addClaim(text, rationale, period);
    add(text, FMT_COMPILE("), "));
    addBound(text, rationale);
    add(text, FMT_COMPILE("."));
    return fmt::to_string(text);
}

}  // namespace bursar::treasury
