#include "controllers/treasury/rationale.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::treasury;

namespace {

Rationale rationale() {
    Rationale r;
    r.history = 200'000'000;
    r.historyPercent = 50;
    r.forecast = r.credibleForecast = 280'000'000;
    r.claim = r.grant = 240'000'000;
    r.weight = 100;
    return r;
}

std::string sentence(const Rationale& r) { return sentenceFor(r, api::BudgetWindow::Day, api::Period::Quarter); }

}  // namespace

TEST_CASE("the sentence of the design's example") {
    Rationale r = rationale();
    r.grant = 212'000'000;
    r.level = 2'120'000;
    r.bound = Bound::FairShare;
    CHECK(sentence(r) ==
          "Granted 212,000,000 a day: claim 240,000,000 (half of last quarter's 200,000,000 and half of the forecast "
          "280,000,000, no haircut), limited by fair share at weight 100 (level 2,120,000).");
}

TEST_CASE("a sentence for every kind of claim") {
    Rationale r = rationale();
    r.historyPercent = 30;
    CHECK(sentence(r) ==
          "Granted 240,000,000 a day: claim 240,000,000 (30 % of last quarter's 200,000,000 and 70 % of the forecast "
          "280,000,000, no haircut), granted in full.");
    r.historyPercent = 0;
    CHECK(sentence(r) ==
          "Granted 240,000,000 a day: claim 240,000,000 (the forecast 280,000,000, no haircut), granted in full.");
    r.historyPercent = 100;
    CHECK(sentence(r) == "Granted 240,000,000 a day: claim 240,000,000 (last quarter's 200,000,000), granted in full.");
    r.history.reset();
    CHECK(sentenceFor(r, api::BudgetWindow::Minute, api::Period::Month) ==
          "Granted 240,000,000 a minute: claim 240,000,000 (the forecast 280,000,000, no history yet, no haircut), "
          "granted in full.");
}

TEST_CASE("a sentence for haircuts, applied and advised") {
    Rationale r = rationale();
    r.advisoryHaircutPercent = 40;
    CHECK(sentenceFor(r, api::BudgetWindow::Hour, api::Period::Month) ==
          "Granted 240,000,000 an hour: claim 240,000,000 (half of last month's 200,000,000 and half of the forecast "
          "280,000,000, no haircut applied, 40 % if it were enforced), granted in full.");
    r.haircutPercent = 40;
    r.credibleForecast = 168'000'000;
    r.claim = r.grant = 184'000'000;
    CHECK(sentence(r) ==
          "Granted 184,000,000 a day: claim 184,000,000 (half of last quarter's 200,000,000 and half of the forecast "
          "280,000,000, cut by 40 % to 168,000,000 for past over-forecasting), granted in full.");
}

TEST_CASE("a sentence for every bound") {
    Rationale r = rationale();
    const auto ends = [&](const std::string& words) {
        const std::string text = sentence(r);
        return text.size() > words.size() && text.substr(text.size() - words.size()) == words;
    };
    r.bound = Bound::Ceiling;
    r.ceiling = 240'000'000;
    CHECK(ends(", capped by the ceiling 240,000,000."));
    r.bound = Bound::Floor;
    r.floor = 250'000'000;
    CHECK(ends(", held up by the floor 250,000,000."));
    r.bound = Bound::Overcommitted;
    CHECK(ends(", the floors promised to all teams exceed the pool, so the floor 250,000,000 is scaled down."));
    r.floor.reset();
    CHECK(ends(", the floors promised to all teams exceed the pool, and this team has none."));
}
