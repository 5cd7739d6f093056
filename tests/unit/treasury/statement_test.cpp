#include "controllers/treasury/chargeback/statement.hpp"

#include <catch2/catch.hpp>

#include "controllers/treasury/chargeback/prices.hpp"
#include "tests/support/builders.hpp"

using namespace bursar;
using namespace bursar::treasury;
using api::Tokens;
using api::TokenType;
using bursar::testing::makePolicy;
using Catch::Matchers::Contains;

namespace {

Instant day(const std::string& text) { return *parseInstant(text + "T00:00:00Z"); }

api::ModelPrice price(const char* glob, const char* from, const char* input, const char* cached, const char* output) {
    return {glob, day(from), *api::parsePrice(input), *api::parsePrice(cached), *api::parsePrice(output)};
}

api::AllocationPolicy euros(std::vector<api::ModelPrice> models) {
    api::AllocationPolicy policy = makePolicy().raw();
    policy.pricing = {"EUR", std::move(models)};
    return policy;
}

struct Use {
    const char* team;
    const char* costCenter;
    const char* model;
    std::int64_t input;
    std::int64_t cached;
    std::int64_t output;
};

MeteredDay used(const std::string& on, const std::vector<Use>& uses) {
    MeteredDay metered;
    metered.day = day(on);
    for (const Use& use : uses) {
        MeteredTeam& team = metered.teams[use.team];
        team.costCenter = use.costCenter;
        team.usage[{"chat", use.model}] = {Tokens{use.input}, Tokens{use.cached}, Tokens{use.output}};
    }
    return metered;
}

const PlanningPeriod kNovember{api::Period::Month, 2026, 11};
const PlanningPeriod kDecember{api::Period::Month, 2026, 12};

UsageSums sumsOf(const api::AllocationPolicy& policy, const PlanningPeriod& period,
                 const std::vector<MeteredDay>& days) {
    UsageSums sums{priceSpans(policy.pricing, period.span())};
    for (const MeteredDay& metered : days) sums.add(metered);
    return sums;
}

}  // namespace

TEST_CASE("the longest glob wins, then the price that became effective last; future prices do not count") {
    const api::Pricing pricing{
        "EUR",
        {price("*", "2026-01-01", "9", "9", "9"), price("gpt-4o*", "2026-01-01", "2", "1", "8"),
         price("gpt-4o*", "2026-11-10", "3", "1", "8"), price("gpt-4o-mini", "2026-11-20", "1", "1", "1")}};
    CHECK(priceOn(pricing, "gpt-4o", day("2026-11-09"))->input == *api::parsePrice("2"));
    CHECK(priceOn(pricing, "gpt-4o", day("2026-11-10"))->input == *api::parsePrice("3"));
    CHECK(priceOn(pricing, "gpt-4o-mini", day("2026-11-19"))->input == *api::parsePrice("3"));
    CHECK(priceOn(pricing, "gpt-4o-mini", day("2026-11-20"))->input == *api::parsePrice("1"));
    CHECK(priceOn(pricing, "claude", day("2026-11-20"))->input == *api::parsePrice("9"));
    CHECK(priceOn(pricing, "claude", day("2025-12-31")) == nullptr);
    const auto spans = priceSpans(pricing, kNovember.span());
    REQUIRE(spans.size() == 3);
    CHECK(spans[0] == TimeWindow{day("2026-11-01"), day("2026-11-10")});
    CHECK(spans[2] == TimeWindow{day("2026-11-20"), day("2026-12-01")});
}

TEST_CASE("tokens before and after a change of price are two lines; without a change they are one") {
    const auto policy = euros(
        {price("gpt-4o", "2026-01-01", "2.50", "1.25", "10"), price("gpt-4o", "2026-11-16", "2.00", "1.25", "10")});
    const auto sums = sumsOf(policy, kNovember,
                             {used("2026-11-01", {{"search", "CC-1", "gpt-4o", 1'000'000, 400'000, 100'000}}),
                              used("2026-11-15", {{"search", "CC-1", "gpt-4o", 1'000'000, 0, 0}}),
                              used("2026-11-16", {{"search", "CC-1", "gpt-4o", 500'000, 400'000, 100'000}})});
    const Statement statement = closeStatement({policy, kNovember, sums, {}});
    REQUIRE(statement.lines.size() == 4);
    // 2,000,000 · 2.50 / 1e6 = 5.00; 500,000 · 2.00 / 1e6 = 1.00; 800,000 · 1.25 / 1e6 = 1.00; 200,000 · 10 / 1e6
    // = 2.00
    CHECK(statement.lines[0].span == TimeWindow{day("2026-11-01"), day("2026-11-16")});
    CHECK(statement.lines[0].amount == 500);
    CHECK(statement.lines[1].amount == 100);
    CHECK(statement.lines[2].type == TokenType::CachedInput);
    CHECK(statement.lines[2].tokens == 800'000);
    CHECK(statement.lines[2].span == kNovember.span());
    CHECK(statement.lines[3].amount == 200);
    CHECK(totalOf(statement) == StatementTotal{900, 3'500'000});
    CHECK(statement.closed);
    CHECK(statement.issuedAt == day("2026-12-02"));  // closeAfter is 24h
    CHECK(statement.meteredUntil == day("2026-11-17"));
}

TEST_CASE("a model without a price has a line and is named on the statement") {
    const auto policy = euros({price("gpt-4o", "2026-11-16", "2", "1", "8")});
    const auto sums =
        sumsOf(policy, kNovember,
               {used("2026-11-15", {{"search", "CC-1", "gpt-4o", 1'000'000, 0, 0}}),
                used("2026-11-20", {{"search", "CC-1", "gpt-4o", 1'000'000, 0, 0}, {"ads", "", "llama", 7, 0, 0}})});
    const Statement statement = closeStatement({policy, kNovember, sums, {}});
    REQUIRE(statement.lines.size() == 3);
    CHECK_FALSE(statement.lines[0].price);
    CHECK(statement.lines[0].costCenter.empty());  // a team without a TeamQuota
    CHECK(statement.lines[0].tokens == 7);
    CHECK_FALSE(statement.lines[1].price);  // before its price became effective
    CHECK(statement.lines[2].amount == 200);
    CHECK(statement.unpricedModels == std::vector<std::string>{"gpt-4o", "llama"});
}

TEST_CASE("the cost centre responsible at the time is charged, also if a team moves to another one") {
    const auto policy = euros({price("*", "2026-01-01", "1", "1", "1")});
    const auto sums = sumsOf(policy, kNovember,
                             {used("2026-11-01", {{"search", "CC-1", "m", 1'000'000, 0, 0}}),
                              used("2026-11-02", {{"search", "CC-2", "m", 3'000'000, 0, 0}})});
    const auto totals = totalsByCostCenter(closeStatement({policy, kNovember, sums, {}}));
    CHECK(totals.at("CC-1").amount == 100);
    CHECK(totals.at("CC-2").amount == 300);
}

TEST_CASE("a price corrected after a statement was closed is a dated line of the next one") {
    const auto then =
        euros({price("gpt-4o", "2026-01-01", "2.50", "1", "10"), price("old", "2026-01-01", "1", "1", "1")});
    const std::vector<MeteredDay> november = {used("2026-11-05", {{"search", "CC-1", "gpt-4o", 4'000'000, 0, 1'000'000},
                                                                  {"ads", "CC-2", "old", 1'000'000, 0, 0}})};
    const Statement closed = closeStatement({then, kNovember, sumsOf(then, kNovember, november), {}});
    CHECK(totalOf(closed).amount == 1000 + 1000 + 100);

    // The price was 2.00 from the start. A price that was removed from the policy is no correction.
    const auto now = euros({price("gpt-4o", "2026-01-01", "2.00", "1", "10")});
    const auto december = sumsOf(now, kDecember, {used("2026-12-01", {{"search", "CC-1", "gpt-4o", 1'000'000, 0, 0}})});
    const auto again = sumsOf(now, kNovember, november);
    const Statement next = closeStatement({now, kDecember, december, {}, &closed, &again});
    REQUIRE(next.lines.size() == 2);
    const StatementLine& correction = next.lines[1];
    CHECK(correction.kind == LineKind::Correction);
    CHECK(correction.span == kNovember.span());
    CHECK(correction.amount == -200);
    CHECK(correction.tokens == 0);
    CHECK_THAT(correction.note, Contains("2026-11") && Contains("8.00 EUR") && Contains("10.00"));
    CHECK(totalOf(next) == StatementTotal{0, 1'000'000});

    // Without a change there is no correction. In another currency there can be none.
    const auto same = sumsOf(then, kNovember, november);
    CHECK(closeStatement({then, kDecember, sumsOf(then, kDecember, {}), {}, &closed, &same}).lines.empty());
    auto dollars = now;
    dollars.pricing.currency = "USD";
    CHECK(closeStatement({dollars, kDecember, sumsOf(dollars, kDecember, {}), {}, &closed, &again}).lines.empty());
}

TEST_CASE("the idle reserve is shown at the pool's mean price, and shared out if the policy says so") {
    auto policy = euros({price("*", "2026-01-01", "1", "1", "4")});
    MeteredDay metered =
        used("2026-11-01", {{"search", "CC-1", "m", 2'000'000, 0, 0}, {"ads", "CC-2", "m", 0, 0, 1'000'000}});
    metered.reserves["chat"] = {Tokens{1'000'000}, Tokens{250'000}};
    metered.reserves["embed"] = {Tokens{10}, Tokens{0}};
    metered.loans = {{"search", "launch", "search", "chat", Tokens{250'000}}};
    const auto sums = sumsOf(policy, kNovember, {metered, metered});
    // 4,000,000 input and 2,000,000 output: 12.00 for 6,000,000 tokens, so 1,500,000 idle tokens are worth 3.00.
    const Statement shown = closeStatement({policy, kNovember, sums, {}});
    REQUIRE(shown.idle.size() == 2);
    CHECK(shown.idle[0] == IdleReserve{"chat", 2'000'000, 500'000, 1'500'000, 300});
    CHECK(shown.idle[1] == IdleReserve{"embed", 20, 0, 20, std::nullopt});
    CHECK(totalOf(shown).amount == 1200);
    CHECK(shown.loans == std::vector<LoanDraw>{{"search", "launch", "search", "chat", Tokens{500'000}}});

    policy.chargeback.idleCost = api::IdleCost::Share;
    const Statement shared = closeStatement({policy, kNovember, sums, {}});
    const auto totals = totalsByCostCenter(shared);
    CHECK(totals.at("CC-1").amount == 400 + 100);
    CHECK(totals.at("CC-2").amount == 800 + 200);
    CHECK(totalOf(shared).amount == 1500);
    CHECK(totalOf(shared).tokens == 6'000'000);  // shares do not count as usage
}

TEST_CASE("forecasts of the period are listed with consumption; a draft has the instant up to which it is metered") {
    const auto policy = euros({price("*", "2026-01-01", "1", "1", "1")});
    const auto sums = sumsOf(policy, kNovember, {used("2026-11-01", {{"search", "CC-1", "m", 1, 0, 0}})});
    const PeriodRecord november{"2026-11", 300, 240, 3, 0};
    const PeriodRecord october{"2026-10", 500, 500, 1, 0};
    StatementInputs inputs{
        policy,
        kNovember,
        sums,
        {{{"main", "chat", "search"}, {november, october}}, {{"other", "chat", "search"}, {november}}}};
    const Statement draft = draftStatement(inputs, *parseInstant("2026-11-01T12:00:00Z"));
    CHECK(draft.forecasts == std::vector<ForecastLine>{{"CC-1", "search", "chat", 100, 80, 3}});
    CHECK_FALSE(draft.closed);
    CHECK(draft.meteredUntil == *parseInstant("2026-11-01T12:00:00Z"));
}
