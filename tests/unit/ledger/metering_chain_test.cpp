#include "controllers/ledger/metering_chain.hpp"

#include <catch2/catch.hpp>

#include "operator/runtime/base/sha256.hpp"
#include "tests/support/metered_days.hpp"

using namespace bursar;
using namespace bursar::ledger;
using bursar::testing::meteredDay;
using Catch::Matchers::Contains;
using std::chrono::hours;
using treasury::MeteredDay;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");

Instant dayAt(int index) { return kDay + hours{24 * index}; }

std::vector<std::string> linesOf(const MeteringChain& chain) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < chain.size(); ++i) lines.push_back(chain.lineAt(i));
    return lines;
}

Result<MeteringChain> again(const MeteringChain& chain, std::vector<std::string> lines) {
    return MeteringChain::parse(chain.policy(), {chain.begin(), chain.tip(), std::move(lines)});
}

std::vector<MeteredDay> daysIn(const MeteringChain& chain, const treasury::TimeWindow& span) {
    std::vector<MeteredDay> days;
    chain.forEachDay(span, [&](const treasury::MeteredRows& rows) { days.push_back(treasury::dayOf(rows)); });
    return days;
}

// A day with every part.
MeteredDay fullDay() {
    MeteredDay day = meteredDay(kDay, 900, 3, 2);
    day.teams["idle"] = {"", {}};
    day.teams["=cmd() \"x\"\n<b>"].usage[{"chat", "größe"}] = {api::Tokens{0}, api::Tokens{0}, api::Tokens{1}};
    day.gaps = {{kDay + hours{1}, kDay + hours{2}, "Prometheus was down"}};
    day.loans = {{"ns", "launch", "team-0", "chat", api::Tokens{500}}};
    day.reserves["chat"] = {api::Tokens{1000}, api::Tokens{500}};
    return day;
}

// The begin mark, `days` days and, after the second day, a statement.
MeteringChain chainOf(int days) {
    MeteringChain chain{"main"};
    chain.begin(kDay);
    for (int i = 0; i < days; ++i) {
        chain.append(meteredDay(dayAt(i), 900 + i));
        if (i == 1) chain.close({"2026-10", std::string(64, 'a')});
    }
    return chain;
}

std::string breakOf(const MeteringChain& chain, std::vector<std::string> lines) {
    const auto parsed = again(chain, std::move(lines));
    REQUIRE_FALSE(parsed);
    return parsed.error().message;
}

}  // namespace

TEST_CASE("a metered day with every part reads as it was written") {
    MeteringChain chain{"main"};
    CHECK_FALSE(chain.meteredUntil());
    CHECK(chain.begin(kDay));
    CHECK(chain.meteredUntil() == kDay);
    CHECK(chain.append(fullDay()));
    CHECK(chain.close({"2026-11", std::string(64, 'a')}));
    const auto read = again(chain, linesOf(chain));
    REQUIRE(read);
    CHECK(daysIn(*read, {kDay, dayAt(1)}) == std::vector{fullDay()});
    CHECK(read->meteredUntil() == dayAt(1));
    CHECK(read->statements() == chain.statements());
    CHECK(read->tip() == chain.tip());
}

TEST_CASE("a day has the documented form") {
    MeteringChain chain{"main"};
    chain.append(meteredDay(kDay));
    CHECK(chain.lineAt(0).substr(65) ==
          "{\"day\":\"2026-11-24\",\"models\":[[\"chat\",\"model-0\"]],\"policy\":\"main\",\"prev\":{\"hash\":\"" +
              std::string(64, '0') + "\",\"seq\":0},\"teams\":{\"team-0\":[\"CC-1\",\"0 900 100 400\"]}}");
}

TEST_CASE("a recorded begin, day or statement is not recorded again") {
    MeteringChain chain = chainOf(3);
    const Link tip = chain.tip();
    CHECK_FALSE(chain.begin(dayAt(9)));
    CHECK_FALSE(chain.append(meteredDay(dayAt(2), 777)));
    CHECK_FALSE(chain.append(meteredDay(dayAt(-1), 777)));
    CHECK_FALSE(chain.close({"2026-10", std::string(64, 'b')}));
    CHECK(chain.tip() == tip);
    CHECK(chain.statements().at("2026-10") == std::string(64, 'a'));
}

TEST_CASE("a large day is stored in slices that together are the day") {
    MeteredDay day = fullDay();
    for (const auto& [name, team] : meteredDay(kDay, 900, 3000, 4).teams) day.teams[name] = team;
    MeteringChain chain{"main"};
    chain.append(day);
    REQUIRE(chain.size() > 2);
    for (const std::string& line : linesOf(chain)) CHECK(line.size() < 400'000);
    MeteredDay sum;
    int gaps = 0;
    for (const MeteredDay& slice : daysIn(*again(chain, linesOf(chain)), {kDay, dayAt(1)})) {
        for (const auto& [name, team] : slice.teams) CHECK(sum.teams.emplace(name, team).second);
        gaps += static_cast<int>(slice.gaps.size() + slice.loans.size() + slice.reserves.size());
    }
    CHECK((sum.teams == day.teams));
    CHECK(gaps == 3);  // once, not in each slice
    CHECK(chain.meteredUntil() == dayAt(1));
    CHECK_FALSE(chain.append(day));
}

TEST_CASE("sliced respects the size, and a day without teams is one slice") {
    const MeteredDay day = meteredDay(kDay, 900, 10, 1);
    CHECK(sliced(day, 1).size() == 10);
    CHECK(sliced(day, 1 << 20).size() == 1);
    CHECK(sliced({kDay, {}, {}, {}, {}}, 1).size() == 1);
}

TEST_CASE("days in a span are those that start in it") {
    const MeteringChain chain = chainOf(5);
    const auto days = daysIn(chain, {dayAt(1), dayAt(3)});
    REQUIRE(days.size() == 2);
    CHECK(days[0] == meteredDay(dayAt(1), 901));
    CHECK(days[1] == meteredDay(dayAt(2), 902));
}

TEST_CASE("dropping old days keeps closed statements, and the chain stays whole") {
    MeteringChain chain = chainOf(5);
    chain.close({"2026-11", std::string(64, 'b')});
    const auto statements = chain.statements();
    chain.dropBefore(dayAt(3));
    CHECK(daysIn(chain, {kDay, dayAt(9)}).size() == 2);
    CHECK(chain.begin() != Link{});
    const auto read = again(chain, linesOf(chain));
    REQUIRE(read);
    CHECK(read->statements() == statements);
    CHECK(read->meteredUntil() == dayAt(5));
    const Link tip = chain.tip();
    chain.dropBefore(dayAt(3));  // nothing more to drop
    CHECK(chain.tip() == tip);
    chain.dropBefore(dayAt(9));  // never everything: the last day shows how far metering is
    CHECK(daysIn(chain, {kDay, dayAt(9)}).size() == 2);
    CHECK(chain.append(meteredDay(dayAt(5))));
    CHECK(again(chain, linesOf(chain)));
}

TEST_CASE("reading finds tampering with the metering chain and names the first broken record") {
    const MeteringChain chain = chainOf(3);  // the beginning, two days, a statement, a day
    const std::vector<std::string> good = linesOf(chain);
    REQUIRE(good.size() == 5);
    REQUIRE(again(chain, good));

    auto changed = good;
    changed[1].replace(changed[1].find("900"), 3, "009");
    CHECK_THAT(breakOf(chain, changed), Contains("record 2 is broken") && Contains("changed"));

    auto resealed = good;  // with a matching hash
    MeteringRecord record = *unsealMetering(good[1]);
    record.day->teams[0].costCenter = "CC-9";
    resealed[1] = seal(record).line;
    CHECK_THAT(breakOf(chain, resealed), Contains("record 3 is broken") && Contains("does not follow"));

    auto statement = good;
    record = *unsealMetering(good[3]);
    record.statement->sha256 = std::string(64, 'f');
    statement[3] = seal(record).line;
    CHECK_THAT(breakOf(chain, statement), Contains("record 5 is broken"));

    auto missing = good;
    missing.erase(missing.begin() + 2);
    CHECK_THAT(breakOf(chain, missing), Contains("record 4 is broken") && Contains("missing"));

    auto shortened = good;
    shortened.pop_back();
    CHECK_THAT(breakOf(chain, shortened), Contains("record 5 is broken") && Contains("ends at record 5"));

    auto swapped = good;
    std::swap(swapped[1], swapped[2]);
    CHECK_THAT(breakOf(chain, swapped), Contains("record 3 is broken"));

    auto garbage = good;
    garbage[2] = "nonsense";
    CHECK_THAT(breakOf(chain, garbage), Contains("record 3 is broken"));

    CHECK_FALSE(MeteringChain::parse("other", {chain.begin(), chain.tip(), good}));
}

TEST_CASE("a metering line of another form with a matching hash is an error, never a crash") {
    MeteringChain chain{"main"};
    chain.append(fullDay());
    chain.close({"2026-11", std::string(64, 'a')});
    const auto unsealed = [](const std::string& text) { return unsealMetering(sha256Of(text) + " " + text); };
    for (const std::string& line : linesOf(chain)) REQUIRE(unsealed(line.substr(65)));
    for (const char* text : {"", "{}", "[]", "7", "\"x\"", "{\"policy\":7}", "{\"policy\":\"main\",\"prev\":{}}"}) {
        CHECK_FALSE(unsealed(text));
    }
    const std::string day = chain.lineAt(0).substr(65);
    const std::pair<const char*, const char*> edits[] = {
        {"2026-11-24", "yesterday"},            // no day
        {"2026-11-24", "2026-02-30"},           // not in the calendar
        {"1 900", "99 900"},                    // an unlisted model
        {"1 900", "1 -900"},                    // below zero
        {"1 900", "1 9000000000000000000000"},  // more than 64 bits
        {"1 900", "1 900,"},                    // another separator
        {"1 900", "1 0 900"},                   // numbers that are not four a model
        {"\"CC-1\"", "7"},
        {"\"gaps\":[", "\"gaps\":[7,"},
        {"\"loans\":[", "\"loans\":[{},"},
        {"\"reserves\":{\"chat\":[1000", "\"reserves\":{\"chat\":[\"x\""},
        {"\"seq\":0", "\"seq\":\"x\""},
        {"\"models\":[", "\"models\":[7,"}};
    for (const auto& [from, to] : edits) {
        std::string text = day;
        REQUIRE(text.find(from) != std::string::npos);
        text.replace(text.find(from), std::string_view{from}.size(), to);
        INFO(to);
        CHECK_FALSE(unsealed(text));
    }
    for (const std::string& line : linesOf(chain)) {
        for (std::size_t end = 0; end < line.size(); ++end) CHECK_FALSE(unsealMetering(line.substr(0, end)));
    }
}
