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
    // refused in 1 of 10 windows is held down, in 0 of 10 is not
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

TEST_CASE("the record's terms are there for people") {
    const Haircut result = computeHaircut({}, std::vector{period(300, 200)});
    REQUIRE(result.terms.size() == 1);
    CHECK(result.terms[0].errorPercent == "33.3");
    CHECK(result.terms[0].overPercent == "40.0");  // 33⅓ + 0.5·13⅓ = 40
    CHECK(result.percent == 40);
}
