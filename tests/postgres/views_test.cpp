// Finance's views say what the chain says.
#include "controllers/ledger/statement_json.hpp"
#include "tests/postgres/database.hpp"
#include "tests/support/ledger_cases.hpp"
#include "tests/support/metered_days.hpp"

using namespace bursar;
using namespace bursar::ledger;
using namespace bursar::testing;
using std::chrono::hours;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

// By `day team cost-centre pool model type`.
using Usage = std::map<std::string, std::int64_t>;

Usage usageOf(const MeteringChain& chain) {
    Usage usage;
    chain.forEachDay({Instant::min(), Instant::max()}, [&](const treasury::MeteredRows& rows) {
        const treasury::MeteredDay day = treasury::dayOf(rows);
        for (const auto& [name, team] : day.teams) {
            for (const auto& [model, counts] : team.usage) {
                for (const api::TokenType type : api::kTokenTypes) {
                    if (counts.of(type).value() == 0) continue;
                    usage[formatInstant(day.day).substr(0, 10) + "|" + name + "|" + team.costCenter + "|" + model.pool +
                          "|" + model.model + "|" + std::string{toString(type)}] += counts.of(type).value();
                }
            }
        }
    });
    return usage;
}

Usage usageInView(const std::string& policy) {
    Usage usage;
    const auto rows = asAdministrator(
        "SELECT concat_ws('|', day, team, cost_center, pool, model, token_type) AS key, tokens FROM bursar.usage "
        "WHERE policy = '" + policy + "'");
    for (const auto& row : rows) usage[row["key"].as<std::string>()] += row["tokens"].as<std::int64_t>();
    return usage;
}

}  // namespace

TEST_CASE("bursar.usage is the chain's usage, to the token, slices and odd names included") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    chain.begin(kDay);
    chain.append(meteredDay(kDay, 900, 3000, 4));  // more than one record holds
    treasury::MeteredDay odd = meteredDay(kDay + hours{24}, 0, 2, 1);
    odd.teams["=cmd() \"quoted\" \\u0000 <b>"].usage[{"ch'at", "größe\n/\\"}] = {
        api::Tokens{9'000'000'000'000'000}, api::Tokens{0}, api::Tokens{1}};
    odd.teams["idle"].costCenter = "CC-9";
    chain.append(odd);
    chain.close({"2026-11", std::string(64, 'a')});
    REQUIRE(ledger->commit(chain));
    MeteringChain other = readMetering(*ledger, "other");
    other.append(meteredDay(kDay, 5));
    REQUIRE(ledger->commit(other));
    REQUIRE(chain.size() > 5);
    CHECK(usageInView("main").size() > 3 * 4 * 3000 - 1);
    CHECK((usageInView("main") == usageOf(chain)));
    CHECK((usageInView("other") == usageOf(other)));
}

TEST_CASE("a NUL in a model's name does not take the view away from everybody else") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    treasury::MeteredDay day = meteredDay(kDay, 900);
    const std::string nul{"a\0b", 3};
    day.teams["team-0"].usage[{"chat", nul}] = {api::Tokens{7}, api::Tokens{0}, api::Tokens{0}};
    day.teams["team-0"].usage[{"chat", "c\\u0000d"}] = {api::Tokens{8}, api::Tokens{0}, api::Tokens{0}};
    chain.append(day);
    REQUIRE(ledger->commit(chain));
    CHECK(valueOf("SELECT sum(tokens) FROM bursar.usage") == std::to_string(900 + 100 + 400 + 7 + 8));
    CHECK(valueOf("SELECT model FROM bursar.usage WHERE tokens = 7") == "a\xEF\xBF\xBD" "b");
    CHECK(valueOf("SELECT model FROM bursar.usage WHERE tokens = 8") == "c\\u0000d");
    CHECK(readMetering(*openStore()).tip() == chain.tip());  // the record itself has it as it is
}

TEST_CASE("bursar.usage_gap says where tokens may be missing") {
    emptyStore();
    const auto ledger = openStore();
    MeteringChain chain = readMetering(*ledger);
    treasury::MeteredDay day = meteredDay(kDay);
    day.gaps.push_back({kDay + hours{3}, kDay + hours{4}, "Prometheus was down"});
    chain.append(day);
    chain.append(meteredDay(kDay + hours{24}));
    REQUIRE(ledger->commit(chain));
    CHECK(valueOf("SELECT count(*) FROM bursar.usage_gap") == "1");
    CHECK(valueOf("SELECT concat_ws('|', policy, day, ends_at - starts_at, reason) FROM bursar.usage_gap") ==
          "main|2026-11-24|01:00:00|Prometheus was down");
}

TEST_CASE("bursar.statement_line is the closed statement, line by line and to the cent") {
    emptyStore();
    const auto ledger = openStore();
    treasury::Statement statement;
    statement.policy = "main";
    statement.period = *treasury::parsePlanningPeriod("2026Q3");
    statement.currency = "EUR";
    statement.closed = true;
    statement.issuedAt = kDay;
    statement.meteredUntil = kDay;
    const treasury::TimeWindow span{kDay, kDay + hours{24}};
    using treasury::LineKind;
    statement.lines = {
        {LineKind::Usage, "CC-1", "=cmd()\"\n", "chat", std::string{"a\0b", 3}, api::TokenType::CachedInput, span,
         1'234'567, api::Price{75'000'000}, 9, ""},
        {LineKind::Correction, "CC-1", "ads", "chat", "m", api::TokenType::Output, span, -5, std::nullopt, -1'234'50,
         "taken back"},
        {LineKind::IdleShare, "CC-2", "", "chat", "", std::nullopt, span, 7, std::nullopt, 100'00, "idle"}};
    statement.unpricedModels = {"m"};
    REQUIRE(ledger->keepStatement({"main", "2026Q3"}, bodyOf(statement)));
    const auto total = treasury::totalOf(statement);
    CHECK(valueOf("SELECT sum(amount) FROM bursar.statement_line") == api::formatMoney(total.amount, 2));
    CHECK(valueOf("SELECT concat_ws('|', policy, period, currency, kind, cost_center, model, token_type, starts_on, "
                  "ends_before, tokens, price_per_million, amount) FROM bursar.statement_line WHERE line = 1") ==
          "main|2026Q3|EUR|Usage|CC-1|a\xEF\xBF\xBD" "b|cached_input|2026-11-24|2026-11-25|1234567|0.075|0.09");
    CHECK(valueOf("SELECT concat_ws('|', kind, team, tokens, amount, note, price_per_million IS NULL) FROM "
                  "bursar.statement_line WHERE line = 2") == "Correction|ads|-5|-1234.50|taken back|t");
    CHECK(valueOf("SELECT token_type IS NULL FROM bursar.statement_line WHERE kind = 'IdleShare'") == "t");
    CHECK(valueOf("SELECT string_agg(model, ' ') FROM bursar.statement_unpriced") == "m");
}
