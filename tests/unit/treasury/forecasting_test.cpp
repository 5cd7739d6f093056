#include "controllers/treasury/forecasting.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::treasury;

namespace {

// `windows` windows, each with this forecast and this consumption.
PeriodRecord period(std::int64_t forecast, std::int64_t actual, std::int64_t refused = 0, std::int64_t windows = 10) {
    return {"2026Q3", api::Wide{forecast} * windows, api::Wide{actual} * windows, windows, refused};
}

int haircut(std::vector<PeriodRecord> newestFirst, int most = 90) {
    api::ForecastDiscipline discipline;
    discipline.maxHaircutPercent = most;
    return computeHaircut(discipline, newestFirst).percent;
}

}  // namespace

TEST_CASE("the haircut, worked by hand (tolerance 20, severity 50)") {
    CHECK(haircut({}) == 0);
    CHECK(haircut({period(100, 100)}) == 0);
    CHECK(haircut({period(100, 80)}) == 0);     // e = 20, within tolerance
    CHECK(haircut({period(100, 150)}) == 0);    // e = -50, used more than forecast
    CHECK(haircut({period(100, 60)}) == 50);    // e = 40, over = 40 + 0.5·20
    CHECK(haircut({period(1000, 799)}) == 20);  // e = 20.1, over = 20.1 + 0.05 = 20.15
    CHECK(haircut({period(100, 0)}) == 90);     // e = 100, over = 140, at most 90
    CHECK(haircut({period(100, 0)}, 70) == 70);
    // refused in 1 of 10 windows counts as throttled, in 0 of 10 it does not
    CHECK(haircut({period(100, 60, 1)}) == 0);
    // k = 0: over 50, k = 1: over 0 → 50/1.5 = 33.3
    CHECK(haircut({period(100, 60), period(100, 100)}) == 33);
    // 0 and 50: 25/1.5 = 16.7
    CHECK(haircut({period(100, 100), period(100, 60)}) == 16);
    // the fifth period is beyond the lookback of four
    CHECK(haircut({period(1, 1), period(1, 1), period(1, 1), period(1, 1), period(100, 0)}) == 0);
    // a period without a forecast does not count
    CHECK(haircut({period(0, 60), period(100, 60)}) == 50);
}

TEST_CASE("the haircut is exact at the largest amounts") {
    const std::int64_t most = api::kMaxTokens;
    // e just above 20 by one token in 9e15: over is 20 and something, κ = 20
    CHECK(haircut({period(most, most / 5 * 4 - 1, 0, 130'000)}) == 20);
    CHECK(haircut({period(most, most / 5 * 4, 0, 130'000)}) == 0);
}

TEST_CASE("the terms of the record are rounded for display") {
    const Haircut result = computeHaircut({}, std::vector{period(300, 200)});
    REQUIRE(result.terms.size() == 1);
    CHECK(result.terms[0].errorPercent == "33.3");
    CHECK(result.terms[0].overPercent == "40.0");  // 33⅓ + 0.5·13⅓ = 40
    CHECK(result.percent == 40);
}

TEST_CASE("a period keeps its place in the lookback whether or not it has a forecast") {
    // k = 0: over 50; k = 1: no forecast; k = 2: over 0 → 50·1/(1 + ¼) = 40
    CHECK(haircut({period(100, 60), period(0, 60), period(100, 100)}) == 40);
    // k = 1: over 50; k = 2: over 0 → 50·½/(½ + ¼) = 33⅓
    CHECK(haircut({period(0, 60), period(100, 60), period(100, 100)}) == 33);
    // three periods without a forecast and a fifth beyond the lookback of four
    CHECK(haircut({period(0, 1), period(0, 1), period(0, 1), period(0, 1), period(100, 0)}) == 0);
}

TEST_CASE("the haircut over several periods, worked by hand (tolerance 20, severity 50)") {
    // over: e = 30 → 30 + 0.5·10 = 35; e = 50 → 50 + 0.5·30 = 65
    CHECK(haircut({period(100, 70), period(100, 50)}) == 45);  // (35 + 65/2)/1.5 = 67.5/1.5 = 45 exactly
    CHECK(haircut({period(100, 50), period(100, 70)}) == 55);  // (65 + 35/2)/1.5 = 82.5/1.5 = 55 exactly
    // (35 + 65/2 + 0/4 + 65/8)/(15/8) = 75.625·8/15 = 40.33
    CHECK(haircut({period(100, 70), period(100, 50), period(100, 90), period(100, 50)}) == 40);
    // thirds do not round: e = 33⅓ → over = 33⅓ + 6⅔ = 40; twice: (40 + 20)/1.5 = 40 exactly, not 39
    CHECK(haircut({period(300, 200), period(300, 200)}) == 40);
    // the first is throttled: (0 + 65/2)/1.5 = 21.67
    CHECK(haircut({period(100, 50, 1), period(100, 50)}) == 21);
}

TEST_CASE("a period with refused tokens in 10 % of its windows does not count") {
    CHECK(haircut({period(100, 60, 9, 100)}) == 50);  // 9 %: counts
    CHECK(haircut({period(100, 60, 10, 100)}) == 0);  // 10 %: throttled
    CHECK(haircut({period(100, 60, 9, 92)}) == 50);   // 9.8 %
    CHECK(haircut({period(100, 60, 10, 92)}) == 0);   // 10.9 %
    CHECK(computeHaircut({}, std::vector{period(100, 60, 9, 92)}).terms.at(0).throttledPercent == 9);
}

TEST_CASE("tolerance and severity at their bounds") {
    const auto percent = [](int tolerance, int severity, std::int64_t actual) {
        api::ForecastDiscipline discipline;
        discipline.tolerancePercent = tolerance;
        discipline.severityPercent = severity;
        return computeHaircut(discipline, std::vector{period(100, actual)}).percent;
    };
    CHECK(percent(0, 0, 99) == 1);      // e = 1, over = 1
    CHECK(percent(0, 100, 70) == 60);   // e = 30, over = 30 + 30
    CHECK(percent(100, 1000, 0) == 0);  // e = 100, within a tolerance of 100
    CHECK(percent(0, 1000, 95) == 55);  // e = 5, over = 5 + 10·5
}

TEST_CASE("history is the last closed period with a counted window, rounded down") {
    CHECK(historyOf({}) == std::nullopt);
    CHECK(historyOf(std::vector{PeriodRecord{"2026Q3", 300, 200, 3, 0}, period(1, 1)}) == 66);  // 66⅔
    CHECK(historyOf(std::vector{PeriodRecord{"2026Q3", 0, 0, 0, 0}, period(100, 70)}) == 70);
    CHECK(historyOf(std::vector{PeriodRecord{"2026Q3", 0, 0, 0, 0}}) == std::nullopt);
}

TEST_CASE("an extreme error percentage is shown without wrapping") {
    // one token forecast in all, 9e15 used in each of 130,000 windows
    const PeriodRecord record{"2026Q3", 1, api::Wide{api::kMaxTokens} * 130'000, 130'000, 0};
    const Haircut result = computeHaircut({}, std::vector{record});
    CHECK(result.percent == 0);
    CHECK(result.terms.at(0).errorPercent == "-922337203685477580.7");
}

TEST_CASE("periods whose fractions add up to a whole percentage point are not rounded apart") {
    // e = 33⅓ with severity 0 and tolerance 0 adds 33⅓: (2·33⅓ + 1·e)/3 = 34 needs e = 35⅓ = 100·(300 − 194)/300
    api::ForecastDiscipline discipline;
    discipline.tolerancePercent = 0;
    discipline.severityPercent = 0;
    CHECK(computeHaircut(discipline, std::vector{period(300, 200), period(300, 194)}).percent == 34);
    // 100·(300 − 195)/300 = 35: (66⅔ + 35)/3 = 33.9
    CHECK(computeHaircut(discipline, std::vector{period(300, 200), period(300, 195)}).percent == 33);
}
