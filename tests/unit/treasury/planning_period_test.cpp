#include "controllers/treasury/planning_period.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::treasury;
using api::Period;

TEST_CASE("periods have a name, a start and an end") {
    const auto quarter = parsePlanningPeriod("2026Q3");
    REQUIRE(quarter);
    CHECK(quarter->toString() == "2026Q3");
    CHECK(formatInstant(quarter->span().start) == "2026-07-01T00:00:00Z");
    CHECK(formatInstant(quarter->span().end) == "2026-10-01T00:00:00Z");
    const auto month = parsePlanningPeriod("2026-12");
    REQUIRE(month);
    CHECK(month->toString() == "2026-12");
    CHECK(formatInstant(month->span().start) == "2026-12-01T00:00:00Z");
    CHECK(formatInstant(month->span().end) == "2027-01-01T00:00:00Z");
}

TEST_CASE("other texts are no period's name") {
    for (const char* name : {"", "2026", "2026Q0", "2026Q5", "2026q3", "2026-00", "2026-13", "2026-9", "1969Q4",
                             "+026Q1", "2026-1 ", "2026Q33", "2026-Q3", "20260-1"}) {
        INFO(name);
        CHECK_FALSE(parsePlanningPeriod(name));
    }
}

TEST_CASE("the period that closed last") {
    const auto at = [](const char* text) { return *parseInstant(text); };
    CHECK(lastClosedPeriod(Period::Quarter, at("2026-11-24T10:00:00Z")).toString() == "2026Q3");
    CHECK(lastClosedPeriod(Period::Quarter, at("2026-10-01T00:00:00Z")).toString() == "2026Q3");
    CHECK(lastClosedPeriod(Period::Quarter, at("2026-09-30T23:59:59Z")).toString() == "2026Q2");
    CHECK(lastClosedPeriod(Period::Quarter, at("2026-02-01T00:00:00Z")).toString() == "2025Q4");
    CHECK(lastClosedPeriod(Period::Month, at("2026-11-24T10:00:00Z")).toString() == "2026-10");
    CHECK(lastClosedPeriod(Period::Month, at("2026-01-01T00:00:00Z")).toString() == "2025-12");
}
