// Statements over random usage and prices.
#include <cstdlib>

#include "controllers/ledger/statement_json.hpp"
#include "controllers/treasury/chargeback/prices.hpp"
#include "controllers/treasury/chargeback/statement.hpp"
#include "tests/property/holds.hpp"

using namespace bursar;
using namespace bursar::treasury;
using api::Tokens;
using api::Wide;
using bursar::testing::holds;

namespace {

const PlanningPeriod kQuarter{api::Period::Quarter, 2026, 4};
constexpr const char* kTeams[] = {"ads", "search", "support"};
constexpr const char* kCostCenters[] = {"", "CC-1", "CC-2", "=CC()"};
constexpr const char* kModels[] = {"gpt-4o", "gpt-4o-mini", "llama", "o1"};
constexpr const char* kGlobs[] = {"*", "gpt-4o*", "gpt-4o", "l*"};
constexpr const char* kCurrencies[] = {"EUR", "JPY", "KWD"};

template <std::size_t N>
const char* oneOf(const char* const (&names)[N]) {
    return names[*rc::gen::inRange<std::size_t>(0, N)];
}

Tokens anyTokens() {
    return Tokens{*rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 10'000),
                                  rc::gen::inRange<std::int64_t>(0, 5'000'000'000),
                                  rc::gen::inRange<std::int64_t>(0, 50'000'000'000'000))};
}

Instant anyDay() { return kQuarter.span().start + std::chrono::hours{24 * *rc::gen::inRange(0, 92)}; }

api::AllocationPolicy anyPolicy() {
    api::AllocationPolicy policy;
    policy.meta.name = "main";
    policy.pricing.currency = oneOf(kCurrencies);
    policy.chargeback.idleCost = *rc::gen::element(api::IdleCost::Show, api::IdleCost::Share);
    const int count = *rc::gen::inRange(0, 6);
    const auto anyPrice = [] { return api::Price{*rc::gen::inRange<std::int64_t>(0, 100'000'000'000)}; };
    for (int i = 0; i < count; ++i) {
        policy.pricing.models.push_back({oneOf(kGlobs), anyDay(), anyPrice(), anyPrice(), anyPrice()});
    }
    return policy;
}

std::vector<MeteredDay> anyDays() {
    std::vector<MeteredDay> days;
    const int count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
        MeteredDay day;
        day.day = anyDay();
        const int teams = *rc::gen::inRange(1, 4);
        for (int team = 0; team < teams; ++team) {
            MeteredTeam& metered = day.teams[oneOf(kTeams)];
            metered.costCenter = oneOf(kCostCenters);
            metered.usage[{*rc::gen::element<std::string>("chat", "embed"), oneOf(kModels)}] = {
                anyTokens(), anyTokens(), anyTokens()};
        }
        if (*rc::gen::arbitrary<bool>()) day.reserves["chat"] = {anyTokens(), anyTokens()};
        days.push_back(std::move(day));
    }
    return days;
}

UsageSums sumsOf(const api::AllocationPolicy& policy, const std::vector<MeteredDay>& days) {
    UsageSums sums{priceSpans(policy.pricing, kQuarter.span())};
    for (const MeteredDay& day : days) sums.add(day);
    return sums;
}

Wide tokensOf(const std::vector<MeteredDay>& days) {
    Wide sum = 0;
    for (const MeteredDay& day : days) {
        for (const auto& [name, team] : day.teams) {
            for (const auto& [model, counts] : team.usage) {
                for (const api::TokenType type : api::kTokenTypes) sum += counts.of(type).value();
            }
        }
    }
    return sum;
}

}  // namespace

TEST_CASE("statements add up") {
    holds("lines, cost centres and teams have the same sum, and every token is on one line", [] {
        const auto policy = anyPolicy();
        const auto days = anyDays();
        const Statement statement = closeStatement({policy, kQuarter, sumsOf(policy, days), {}});
        StatementTotal lines;
        std::map<std::string, StatementTotal> teams;
        for (const StatementLine& line : statement.lines) {
            lines += line;
            teams[line.team] += line;
        }
        StatementTotal centers;
        for (const auto& [name, total] : totalsByCostCenter(statement)) {
            centers.amount += total.amount;
            centers.tokens += total.tokens;
        }
        StatementTotal ofTeams;
        for (const auto& [name, total] : teams) {
            ofTeams.amount += total.amount;
            ofTeams.tokens += total.tokens;
        }
        RC_ASSERT(lines == centers);
        RC_ASSERT(lines == ofTeams);
        RC_ASSERT(lines == totalOf(statement));
        RC_ASSERT(Wide{lines.tokens} == tokensOf(days));
    });

    holds("rounding moves no line by more than half a minor unit", [] {
        const auto policy = anyPolicy();
        const Statement statement = closeStatement({policy, kQuarter, sumsOf(policy, anyDays()), {}});
        Wide scale = 1'000'000'000'000'000;  // billionths of a millionth
        for (int i = 0; i < statement.digits(); ++i) scale /= 10;
        for (const StatementLine& line : statement.lines) {
            if (line.kind != LineKind::Usage || !line.price) continue;
            const Wide exact = Wide{line.tokens} * line.price->billionths;
            const Wide off = Wide{line.amount} * scale - exact;
            RC_ASSERT(2 * (off < 0 ? -off : off) <= scale);
        }
    });

    holds("shares of the idle reserve add up to it", [] {
        auto policy = anyPolicy();
        policy.chargeback.idleCost = api::IdleCost::Share;
        const Statement statement = closeStatement({policy, kQuarter, sumsOf(policy, anyDays()), {}});
        std::int64_t shared = 0;
        for (const StatementLine& line : statement.lines) {
            if (line.kind == LineKind::IdleShare) shared += line.amount;
        }
        std::int64_t idle = 0;
        for (const IdleReserve& reserve : statement.idle) idle += reserve.amount.value_or(0);
        RC_ASSERT(shared == idle);
    });
}

TEST_CASE("a period closed again gives the same bytes") {
    holds("whatever the order of the days, and through JSON and back", [] {
        const auto policy = anyPolicy();
        auto days = anyDays();
        // The record has one cost centre for each day and team, so a team that moves back and forth within a day has no
        // order to keep.
        const std::string body = ledger::bodyOf(closeStatement({policy, kQuarter, sumsOf(policy, days), {}}));
        std::reverse(days.begin(), days.end());
        RC_ASSERT(ledger::bodyOf(closeStatement({policy, kQuarter, sumsOf(policy, days), {}})) == body);
        const auto read = ledger::statementOf(body);
        RC_ASSERT(read.has_value());
        RC_ASSERT(ledger::bodyOf(*read) == body);
    });

    holds("without a change there is no correction", [] {
        const auto policy = anyPolicy();
        const auto days = anyDays();
        const UsageSums sums = sumsOf(policy, days);
        const Statement before = closeStatement({policy, kQuarter, sums, {}});
        const PlanningPeriod next{api::Period::Quarter, 2027, 1};
        const UsageSums none{priceSpans(policy.pricing, next.span())};
        RC_ASSERT(closeStatement({policy, next, none, {}, &before, &sums}).lines.empty());
    });
}
