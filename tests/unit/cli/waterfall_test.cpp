#include "operator/cli/review/waterfall.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::cli;
using namespace bursar::testing;
using Catch::Matchers::Contains;

namespace {

const Instant kNow = *parseInstant("2026-11-24T10:00:00Z");

// A quarter with this forecast and use in each of 90 windows.
treasury::PeriodRecord quarter(std::int64_t forecast, std::int64_t actual) {
    return {"2026Q3", api::Wide{forecast} * 90, api::Wide{actual} * 90, 90, 0};
}

struct Case {
    const char* what;
    PolicyBuilder policy;
    std::vector<treasury::PeriodRecord> record;
    std::int64_t forecast;
    std::vector<std::int64_t> totals;  // forecast, credible forecast, claim, grant
    const char* term;                  // the step with the largest change
    const char* why;
};

const WaterfallStep& stepOf(const std::vector<WaterfallStep>& steps, const std::string& term) {
    return *std::find_if(steps.begin(), steps.end(), [&](const WaterfallStep& step) { return step.term == term; });
}

std::vector<WaterfallStep> stepsOf(const Case& each, api::Enforcement enforcement) {
    treasury::World world;
    PolicyBuilder policy = each.policy;
    world.policies = {policy.quarterly().enforce(enforcement)};
    world.quotas = {makeQuota("a").forecast("chat", each.forecast), makeQuota("b").forecast("chat", 1'000)};
    world.namespaces = {{"a", {}}, {"b", {}}};
    if (!each.record.empty()) world.record[{"main", "chat", "a"}] = each.record;
    const treasury::Decisions decisions = treasury::decide(world, kNow);
    REQUIRE(decisions.quotas.at(0).budgets.size() == 1);
    return waterfallOf(decisions.quotas[0].budgets[0].rationale,
                       {api::BudgetWindow::Day, api::Period::Quarter, enforcement});
}

}  // namespace

TEST_CASE("every step begins where the one before it ended, and the last is the grant") {
    const std::vector<Case> cases = {
        {"a new team with room",
         makePolicy().pool("chat", 10'000),
         {},
         600,
         {600, 600, 600, 600},
         "Fair share",
         "room for every claim"},
        // κ = 50 + (50 − 20)/2 = 65: F' = 350, c = (500 + 350)/2
        {"a haircut",
         makePolicy().pool("chat", 10'000),
         {quarter(1'000, 500)},
         1'000,
         {1'000, 350, 425, 425},
         "Haircut",
         "65 %, for past forecasts far above what was used"},
        {"a history above the forecast",
         makePolicy().pool("chat", 10'000),
         {quarter(900, 1'000)},
         600,
         {600, 600, 800, 800},
         "Blend with history",
         "50 % of last quarter’s use, 1,000"},
        {"a floor",
         makePolicy().pool("chat", 10'000).bounds("a", 700, {}),
         {},
         600,
         {600, 600, 700, 700},
         "Floor",
         "raised to the 700"},
        {"a ceiling",
         makePolicy().pool("chat", 10'000).bounds("a", {}, 100),
         {},
         600,
         {600, 600, 100, 100},
         "Ceiling",
         "lowered to the 100"},
        {"a pool that is too small",
         makePolicy().pool("chat", 1'000),
         {},
         900,
         {900, 900, 900, 500},
         "Fair share",
         "cut to the share of weight 100 at 5"},
        {"floors beyond the pool",
         makePolicy().pool("chat", 1'000).bounds("a", 1'500, {}),
         {},
         900,
         {900, 900, 1'500, 1'000},
         "Fair share",
         "floors promised to all teams exceed the pool"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.what);
        const auto steps = stepsOf(each, api::Enforcement::Enforced);
        std::vector<std::int64_t> totals;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (steps[i].kind == WaterfallStep::Kind::Change) {
                CHECK(steps[i].from == steps[i - 1].to);
                continue;
            }
            if (i > 0) CHECK(steps[i].to == steps[i - 1].to);
            CHECK(steps[i].from == 0);
            totals.push_back(steps[i].to);
        }
        CHECK(totals == each.totals);
        CHECK_THAT(stepOf(steps, each.term).why, Contains(each.why));
    }
}

TEST_CASE("an advisory haircut changes nothing, and shows where it would lead") {
    const Case hoarder{"", makePolicy().pool("chat", 10'000), {quarter(1'000, 500)}, 1'000, {}, "", ""};
    const WaterfallStep haircut = stepOf(stepsOf(hoarder, api::Enforcement::Advisory), "Haircut");
    CHECK(haircut.change() == 0);
    CHECK(haircut.wouldLeadTo == 350);
    CHECK_THAT(haircut.why, Contains("enforced, it would take 65 %, 650"));
    CHECK(!stepOf(stepsOf(hoarder, api::Enforcement::Enforced), "Haircut").wouldLeadTo);
    CHECK(!stepOf(stepsOf(hoarder, api::Enforcement::Off), "Haircut").wouldLeadTo);
}
