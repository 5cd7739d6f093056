#include "controllers/ledger/chain.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "controllers/ledger/metering_chain.hpp"
#include "operator/runtime/base/sha256.hpp"
#include "tests/support/tallies.hpp"

using namespace bursar;
using namespace bursar::ledger;
using api::BudgetWindow;
using bursar::testing::closedWindow;
using Catch::Matchers::Contains;
using std::chrono::hours;
using std::chrono::minutes;
using treasury::PoolTally;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

std::vector<std::string> linesOf(const Chain& chain) {
    std::vector<std::string> lines;
    for (const Sealed& sealed : chain.records()) lines.push_back(sealed.line);
    return lines;
}

Result<Chain> again(const Chain& chain, const std::vector<std::string>& lines) {
    return Chain::parse(chain.policy(), {chain.begin(), chain.tip(), lines});
}

// Minute windows of `count` minutes from `start`.
Chain minutely(Instant start, int count, int teams = 1) {
    Chain chain{"main"};
    for (int i = 0; i < count; ++i) {
        chain.append({closedWindow("chat", BudgetWindow::Minute, start + minutes{i}, i, teams)});
    }
    return chain;
}

treasury::Tally sumOf(const Chain& chain) {
    treasury::Tally sum;
    for (const PoolTally& entry : chain.entries()) {
        for (const auto& [team, tally] : entry.teams) sum += tally;
    }
    return sum;
}

std::string breakOf(const Chain& chain, const std::vector<std::string>& lines) {
    const auto parsed = again(chain, lines);
    REQUIRE_FALSE(parsed);
    return parsed.error().message;
}

}  // namespace

TEST_CASE("a chain reads as it was written") {
    Chain chain = minutely(kDay, 3, 2);
    chain.append({{"embed", BudgetWindow::Hour, {kDay, kDay + hours{2}}, 2, {}}});
    const auto read = again(chain, linesOf(chain));
    REQUIRE(read);
    CHECK(read->entries() == chain.entries());
    CHECK(read->tip() == chain.tip());
    CHECK(read->recordedUntil() == chain.recordedUntil());
    CHECK(chain.records()[0].line.find("\"team-0\":\"100 80 0 1 1\"") != std::string::npos);
    CHECK(chain.records()[1].record.prev == chain.records()[0].link());
}

TEST_CASE("sums beyond 64 bits are exact") {
    PoolTally month = closedWindow("chat", BudgetWindow::Minute, kDay, 0);
    month.teams["team-0"].consumed = api::Wide{api::kMaxTokens} * 44'640;
    Chain chain{"main"};
    chain.append({month});
    CHECK_THAT(linesOf(chain)[0], Contains("401760000000000000000"));
    CHECK(again(chain, linesOf(chain))->entries()[0] == month);
}

TEST_CASE("append skips a recorded window, and one before it") {
    Chain chain = minutely(kDay, 3);
    const Link tip = chain.tip();
    CHECK_FALSE(chain.append({closedWindow("chat", BudgetWindow::Minute, kDay + minutes{2}, 777)}));
    CHECK_FALSE(chain.append({closedWindow("chat", BudgetWindow::Minute, kDay, 777)}));
    CHECK(chain.tip() == tip);
    CHECK(chain.append({closedWindow("chat", BudgetWindow::Minute, kDay + minutes{2}, 777),
                        closedWindow("chat", BudgetWindow::Minute, kDay + minutes{3}, 5)}));
    CHECK(sumOf(chain).consumed == 0 + 1 + 2 + 5);
    CHECK(chain.append(
        {closedWindow("embed", BudgetWindow::Minute, kDay, 9)}));  // another pool's window is not recorded yet
}

TEST_CASE("days and months fold when they are over, and sums stay exact") {
    Chain chain = minutely(*parseInstant("2026-11-29T23:00:00Z"), 60 + 24 * 60 + 30);
    // 29 November and 30 November folded to days and then to the month, 30 minutes of 1 December
    REQUIRE(chain.records().size() == 31);
    CHECK(chain.records()[0].record.level == Level::Month);
    CHECK(chain.records()[0].record.base == Link{});
    CHECK(chain.records()[0].record.entries[0].span.start == *parseInstant("2026-11-29T23:00:00Z"));
    CHECK(chain.records()[0].record.entries[0].span.end == *parseInstant("2026-12-01T00:00:00Z"));
    CHECK(chain.records()[0].record.entries[0].teams.at("team-0").windows == 60 + 24 * 60);
    CHECK(chain.records()[1].record.prev == chain.records()[0].link());
    const std::int64_t n = 60 + 24 * 60 + 30;
    CHECK(sumOf(chain).consumed == n * (n - 1) / 2);
    CHECK(sumOf(chain).windows == n);
    CHECK(again(chain, linesOf(chain)));
}

TEST_CASE("a large open day folds before it is over") {
    Chain chain = minutely(kDay, 300, 20);
    std::size_t bytes = 0;
    for (const std::string& line : linesOf(chain)) bytes += line.size();
    CHECK(bytes < 140'000);
    CHECK(chain.records()[0].record.level == Level::Day);
    CHECK(sumOf(chain).windows == 300 * 20);
    CHECK(again(chain, linesOf(chain)));
    chain.append({closedWindow("chat", BudgetWindow::Minute, kDay + hours{24}, 0)});
    CHECK(chain.records().size() == 2);
}

TEST_CASE("months beyond the longest lookback are dropped, and the chain's begin moves") {
    Chain chain{"main"};
    for (Instant at = *parseInstant("2020-01-01T00:00:00Z"); at < kDay; at += hours{24}) {
        chain.append({closedWindow("chat", BudgetWindow::Day, at, 1)});
    }
    CHECK(chain.records()[0].record.entries[0].span.start == *parseInstant("2020-08-01T00:00:00Z"));
    CHECK(chain.records().size() == 75 + 23);  // months, and the days of the open month
    CHECK(chain.begin() != Link{});
    CHECK(again(chain, linesOf(chain)));
}

TEST_CASE("reading finds tampering and names the first broken record") {
    const Chain chain = minutely(kDay - minutes{2}, 6);  // a folded day and four windows: records 3, 4, 5, 6, 7
    const std::vector<std::string> good = linesOf(chain);
    REQUIRE(good.size() == 5);
    REQUIRE(again(chain, good));

    auto changed = good;
    changed[2].replace(changed[2].find("100 80"), 3, "900");
    CHECK_THAT(breakOf(chain, changed), Contains("record 5 is broken") && Contains("changed"));

    auto resealed = good;  // with a matching hash
    Record record = unseal(good[2])->record;
    record.entries[0].teams["team-0"].consumed = 0;
    resealed[2] = seal(record).line;
    CHECK_THAT(breakOf(chain, resealed), Contains("record 6 is broken") && Contains("does not follow"));

    auto folded = good;
    record = unseal(good[0])->record;
    record.entries[0].teams["team-0"].consumed = 0;
    folded[0] = seal(record).line;
    CHECK_THAT(breakOf(chain, folded), Contains("record 4 is broken"));

    auto missing = good;
    missing.erase(missing.begin() + 1);
    CHECK_THAT(breakOf(chain, missing), Contains("record 5 is broken") && Contains("missing"));

    auto shortened = good;
    shortened.pop_back();
    CHECK_THAT(breakOf(chain, shortened), Contains("record 7 is broken"));

    auto swapped = good;
    std::swap(swapped[1], swapped[2]);
    CHECK_THAT(breakOf(chain, swapped), Contains("is broken"));

    auto garbage = good;
    garbage[3] = "nonsense";
    CHECK_THAT(breakOf(chain, garbage), Contains("record 6 is broken"));

    Chain other{"other"};
    CHECK_FALSE(Chain::parse("other", {chain.begin(), chain.tip(), good}));
}

TEST_CASE("a chain with an impossible begin is refused") {
    for (const std::int64_t seq : {INT64_MAX, INT64_MAX - 1, std::int64_t{-1}}) {
        const Link begin{seq, std::string(64, '0')};
        for (const std::string& message : {Chain::parse("main", {begin, begin, {}}).error().message,
                                           Chain::parse("main", {begin, {}, {"nonsense"}}).error().message,
                                           MeteringChain::parse("main", {begin, begin, {}}).error().message}) {
            CHECK_THAT(message, Contains(fmt::format("begins after record {}, and no chain has that many", seq)) &&
                                    Contains("restore it from a backup"));
        }
    }
    const Link far{std::int64_t{1} << 40, std::string(64, '0')};
    Chain chain = *Chain::parse("main", {far, far, {}});
    CHECK(chain.append({closedWindow("chat", BudgetWindow::Minute, kDay, 1)}));
    CHECK(chain.tip().seq == far.seq + 1);
    CHECK(again(chain, linesOf(chain)));
}

TEST_CASE("a record with an impossible number is broken, also if it is a fold") {
    const Sealed last = seal({"main",
                              {INT64_MAX - 1, std::string(64, '0')},
                              Link{},
                              Level::Day,
                              {closedWindow("chat", BudgetWindow::Minute, kDay, 1)}});
    const auto parsed = Chain::parse("main", {{}, last.link(), {last.line}});
    REQUIRE_FALSE(parsed);
    CHECK_THAT(parsed.error().message, Contains("is broken: its number is out of range"));
}

TEST_CASE("a line of another form with a matching hash is an error, never a crash") {
    const std::string line = minutely(kDay, 1).records()[0].line.substr(65);
    const auto unsealed = [](const std::string& text) { return unseal(sha256Of(text) + " " + text); };
    REQUIRE(unsealed(line));
    for (const char* text : {"", "{}", "[]", "7", "{\"policy\":7}"}) CHECK_FALSE(unsealed(text));
    const std::pair<const char*, const char*> edits[] = {
        {"100 80 0 1 1", "100 80 0 1"},  {"100 80 0 1 1", "100 80 0 1 99999999999999999999"},
        {"100 80 0 1 1", "-1 80 0 1 1"}, {"\"Minute\"", "\"Fortnight\""},
        {"\"Windows\"", "\"Decade\""},   {"2026-11-24T00:00:00Z", "yesterday"},
        {"\"seq\":0", "\"seq\":\"x\""}};
    for (const auto& [from, to] : edits) {
        std::string text = line;
        text.replace(text.find(from), std::string_view{from}.size(), to);
        CHECK_FALSE(unsealed(text));
    }
}
