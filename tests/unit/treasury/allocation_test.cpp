#include "controllers/treasury/allocation.hpp"

#include <catch2/catch.hpp>

using namespace bursar::treasury;
using Grants = std::vector<std::int64_t>;

namespace {

struct Case {
    const char* says;
    std::int64_t total;
    std::vector<Claim> claims;  // claim, floor, weight
    Grants wanted;
    bool overcommitted = false;
};

}  // namespace

TEST_CASE("division of a pool, worked by hand") {
    const Case cases[] = {
        {"no claims", 100, {}, {}},
        {"everything fits", 100, {{30, 0, 100}, {70, 0, 100}}, {30, 70}},
        {"equal weights share equally", 90, {{50, 0, 100}, {80, 0, 100}, {60, 0, 100}}, {30, 30, 30}},
        // 20 is granted in full; 80 is left for two: 40 each
        {"a small claim is met, the rest is shared", 100, {{20, 0, 100}, {90, 0, 100}, {90, 0, 100}}, {20, 40, 40}},
        // λ = 100/400: 75 and 25
        {"weights count", 100, {{100, 0, 300}, {100, 0, 100}}, {75, 25}},
        // λ·100 = 100/3 each, but the first has 50 by its floor: 50 is left for two
        {"a floor holds a team up", 100, {{60, 50, 100}, {60, 0, 100}, {60, 0, 100}}, {50, 25, 25}},
        // 100/3 = 33⅓ each: one token is left, which the first by name gets
        {"the odd token goes by name on equal fractions", 100, {{50, 0, 7}, {50, 0, 7}, {50, 0, 7}}, {34, 33, 33}},
        // λ = 10/6: 1⅔, 3⅓, 5: floors 1+3+5 = 9, the largest fraction (⅔) has the tenth
        {"the odd token goes to the largest fraction", 10, {{9, 0, 1}, {9, 0, 2}, {9, 0, 3}}, {2, 3, 5}},
        // floors 60 + 90 > 100: 60·100/150 = 40, 90·100/150 = 60
        {"floors beyond the pool are scaled", 100, {{60, 60, 100}, {90, 90, 100}, {50, 0, 100}}, {40, 60, 0}, true},
        {"floors that fill the pool leave nothing", 100, {{60, 60, 100}, {40, 40, 100}, {50, 0, 100}}, {60, 40, 0}},
        {"nothing to share", 0, {{60, 0, 100}, {40, 0, 100}}, {0, 0}},
        // 9e15 at weights 10,000 and 1: λ = 9e15/10001; 9e15·10000/10001 = 8999100089991000.899…, 899910008999.100…
        {"the largest amounts and weights",
         9'000'000'000'000'000,
         {{9'000'000'000'000'000, 0, 10'000}, {9'000'000'000'000'000, 0, 1}},
         {8'999'100'089'991'001, 899'910'008'999}},
    };
    for (const Case& c : cases) {
        INFO(c.says);
        const Division division = divideFairly(c.total, c.claims);
        CHECK(division.grants == c.wanted);
        CHECK(division.overcommitted == c.overcommitted);
    }
}

TEST_CASE("proportional division is exact") {
    CHECK(divideInProportion(10, std::vector<std::int64_t>{1, 1, 1}) == Grants{4, 3, 3});
    CHECK(divideInProportion(10, std::vector<std::int64_t>{0, 0}) == Grants{0, 0});
    CHECK(divideInProportion(7, std::vector<std::int64_t>{2, 5}) == Grants{2, 5});
}
