// Days metered from raw samples: which tokens count where, and which gaps a statement must name.
#include <catch2/catch.hpp>

#include "controllers/usage/counter_account.hpp"

using namespace bursar;
using namespace bursar::usage;
using api::TokenType;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
constexpr Duration kLength = hours{24};

Instant at(int second) { return kDay + seconds{second}; }

struct At {
    int second;
    std::int64_t value;
};

CounterSeries series(const std::vector<At>& samples, std::optional<TokenType> type = TokenType::Input,
                     const std::string& target = "rl/1") {
    CounterSeries made{target + (type ? std::string{api::toString(*type)} : "none"), target, "search", "chat", {}};
    made.model = "gpt-4o";
    made.type = type;
    for (const At& sample : samples) made.samples.push_back({at(sample.second), sample.value});
    return made;
}

// The scrapes, at these seconds, of a process that began at `started`.
struct Process {
    int started;
    std::vector<int> scrapes;
};

std::map<std::string, TargetHistory> scraped(const std::vector<Process>& processes,
                                             const std::string& target = "rl/1") {
    TargetHistory history;
    for (const Process& process : processes) {
        for (const int second : process.scrapes) {
            history.upAt.push_back(at(second));
            history.processStarts.push_back(
                {at(second), std::chrono::duration_cast<seconds>(at(process.started).time_since_epoch()).count()});
        }
    }
    return {{target, history}};
}

CounterAccount account(Instant begin = kDay) { return {begin, {{"chat", api::BudgetWindow::Day}}}; }

treasury::TokenCounts counted(const CounterAccount& books, Instant day = kDay) {
    const treasury::MeteredDay metered = books.day(day, false);
    treasury::TokenCounts sum;
    for (const auto& [team, of] : metered.teams) {
        for (const auto& [model, counts] : of.usage) sum += counts;
    }
    return sum;
}

struct Span {
    int from;
    int until;
    bool operator==(const Span&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Span& span) { return out << span.from << "-" << span.until; }

// Gaps of the day in seconds of the first one.
std::vector<Span> gaps(const CounterAccount& books, bool isOver = false, Instant day = kDay) {
    const auto second = [](Instant at) { return static_cast<int>((at - kDay) / seconds{1}); };
    std::vector<Span> spans;
    for (const auto& gap : books.day(day, isOver).gaps) spans.push_back({second(gap.from), second(gap.until)});
    return spans;
}

std::string why(const CounterAccount& books, bool isOver = false) { return books.day(kDay, isOver).gaps.at(0).why; }

constexpr int kEnd = 86'400;

}  // namespace

TEST_CASE("a day is metered by team, pool, model and type, and adds up to what the windows say") {
    CounterAccount books = account();
    CounterSeries other = series({{-60, 0}, {10, 8}});
    other.id = "other";
    other.team = "support";
    other.model = "small";
    CounterSeries stranger = series({{-60, 0}, {10, 8}});
    stranger.id = "stranger";
    stranger.pool = "none";
    books.add(scraped({{-3600, {-60, 10, 20}}}),
              {series({{-60, 5}, {10, 25}, {20, 26}}), series({{-60, 0}, {20, 3}}, TokenType::CachedInput),
               series({{20, 7}}, TokenType::Output), other, stranger});
    const treasury::MeteredDay day = books.day(kDay, false);
    REQUIRE(day.teams.size() == 2);
    CHECK(day.teams.at("search").usage.at({"chat", "gpt-4o"}) ==
          treasury::TokenCounts{api::Tokens{21}, api::Tokens{3}, api::Tokens{7}});
    CHECK(day.teams.at("support").usage.at({"chat", "small"}).input == api::Tokens{8});
    CHECK(day.gaps.empty());
    CHECK(books.view().consumed.at({"chat", "search", kDay}) == api::Tokens{31});
}

TEST_CASE("tokens count on the day they were seen; a scrape at midnight belongs to the new one") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, kEnd - 15, kEnd, kEnd + 15}}}),
              {series({{-60, 0}, {kEnd - 15, 40}, {kEnd, 45}, {kEnd + 15, 46}})});
    CHECK(counted(books).input == api::Tokens{40});
    CHECK(counted(books, kDay + kLength).input == api::Tokens{6});
    books.pruneDays(kDay + kLength);
    CHECK(counted(books, kDay + kLength).input == api::Tokens{6});
    CHECK(gaps(books) == std::vector<Span>{{0, kEnd}});  // dropped days are a gap
}

TEST_CASE("a restart loses the tokens counted after the old process's last scrape, and none of the new process") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, 30, 60}}, {70, {90, 120}}}), {series({{-60, 0}, {60, 100}, {90, 7}, {120, 9}})});
    CHECK(counted(books).input == api::Tokens{109});
    CHECK(gaps(books) == std::vector<Span>{{60, 90}});
    CHECK(why(books) ==
          "The gateway's meter was restarted (rl/1): the tokens it counted after its last reading are lost.");
}

TEST_CASE("after a restart a counter counts from zero, also if it has already outgrown its old value") {
    CounterAccount books = account();
    // It is not seen at 90, and at 120 it is above 100 already.
    books.add(scraped({{-3600, {-60, 60}}, {70, {90, 120}}}), {series({{-60, 0}, {60, 100}, {120, 130}})});
    CHECK(counted(books).input == api::Tokens{230});
    CHECK(gaps(books) == std::vector<Span>{{60, 90}});
    // So does a series that appears again much later.
    books.add(scraped({{70, {150, 7200, 14'400}}}), {});
    books.add(scraped({{70, {18'000}}}), {series({{18'000, 135}}), series({{18'000, 50}}, TokenType::Output)});
    CHECK(counted(books).input == api::Tokens{235});
    CHECK(counted(books).output == api::Tokens{50});
}

TEST_CASE("setting a clock moves the start of a process, and is not a restart") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, 60}}, {-3599, {90}}, {-1800, {120}}}),
              {series({{-60, 0}, {60, 100}, {90, 130}, {120, 131}})});
    CHECK(counted(books).input == api::Tokens{131});
    CHECK(gaps(books).empty());
}

TEST_CASE("a counter that falls shows a restart that no process start shows") {
    CounterAccount books = account();
    std::map<std::string, TargetHistory> targets = scraped({{-3600, {-60, 60, 90}}});
    targets["rl/1"].processStarts.clear();
    books.add(targets, {series({{-60, 0}, {60, 100}, {90, 7}})});
    CHECK(counted(books).input == api::Tokens{107});
    CHECK(gaps(books) == std::vector<Span>{{60, 90}});
    CHECK_THAT(why(books), Catch::Matchers::Contains("was restarted (rl/1)"));
}

TEST_CASE("a silence after which the same counters go on loses nothing") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, 60, 30'000, kEnd + 5}}}),
              {series({{-60, 0}, {60, 100}, {30'000, 900}, {kEnd + 5, 950}})});
    CHECK(counted(books).input == api::Tokens{900});
    CHECK(gaps(books, true).empty());
}

TEST_CASE("a target that is not seen again by the end of its day is named on that day only") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, 3600}}}), {series({{-60, 0}, {3600, 5}})});
    std::map<std::string, TargetHistory> other = scraped({{-3600, {-60, 3600, kEnd + 10, 2 * kEnd + 10}}}, "rl/2");
    books.add(other, {series({{-60, 0}, {kEnd + 10, 5}}, TokenType::Input, "rl/2")});
    CHECK(gaps(books).empty());  // it may return while the day is open
    CHECK(gaps(books, true) == std::vector<Span>{{3600, kEnd}});
    CHECK(why(books, true) ==
          "The gateway's meter was not seen again that day (rl/1): the tokens it counted after its last "
          "reading are not in this day.");
    CHECK(gaps(books, true, kDay + kLength).empty());
    CHECK(books.awaitsScrape(kDay + hours{1} + seconds{1}));
    CHECK_FALSE(books.awaitsScrape(kDay + kLength));
}

TEST_CASE("a restart over midnight is a gap of both days") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, kEnd - 60}}, {kEnd + 30, {kEnd + 60}}}), {series({{-60, 0}, {kEnd - 60, 9}})});
    CHECK(gaps(books, true) == std::vector<Span>{{kEnd - 60, kEnd}});
    CHECK(gaps(books, false, kDay + kLength) == std::vector<Span>{{kEnd, kEnd + 60}});
}

TEST_CASE("tokens that cannot be dated are a gap with their number, and count nowhere") {
    CounterAccount books = account();
    // A process older than the account that was not scraped before: 1,500 tokens of some earlier time.
    books.add(scraped({{-3600, {-60}}}, "rl/2"), {});
    books.add(scraped({{-50, {600, 610}}}),
              {series({{600, 1000}, {610, 1004}}), series({{600, 500}}, TokenType::Output)});
    CHECK(counted(books).input == api::Tokens{4});
    CHECK(gaps(books) == std::vector<Span>{{0, 600}});
    CHECK(why(books) == "1,500 tokens were counted before the meter's first reading, on an unknown day.");
}

TEST_CASE("tokens that cannot be dated are no gap if they are refusals or of another policy's pool") {
    CounterAccount books = account();
    CounterSeries stranger = series({{600, 500}});
    stranger.pool = "none";
    CounterSeries refused = series({{600, 5}}, TokenType::Output);
    refused.counts = CounterSeries::Counts::Refusals;
    books.add(scraped({{-3600, {-60}}}, "rl/2"), {});
    books.add(scraped({{-50, {600}}}), {stranger, refused, series({{600, 0}}, TokenType::CachedInput)});
    CHECK(gaps(books).empty());
}

TEST_CASE("time before the first scrape is a gap; so are days before reading began") {
    CounterAccount books = account(kDay + hours{6});
    books.add(scraped({{7 * 3600, {7 * 3600 + 10, 8 * 3600}}}), {series({{7 * 3600 + 10, 70}, {8 * 3600, 80}})});
    CHECK(counted(books).input == api::Tokens{80});
    CHECK(gaps(books) == std::vector<Span>{{0, 7 * 3600 + 10}});
    CHECK(why(books) == "The usage source has no reading of the gateway's meter for this time.");
    CHECK(gaps(books, true, kDay - kLength) == std::vector<Span>{{-kEnd, 0}});

    CounterAccount scrapedBefore = account(kDay + hours{6});
    scrapedBefore.add(scraped({{-3600, {6 * 3600 - 30, 8 * 3600}}}), {});
    CHECK(gaps(scrapedBefore) == std::vector<Span>{{0, 6 * 3600}});
}

TEST_CASE("tokens of a type without a price are a gap") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, 60}}}), {series({{-60, 0}, {60, 12}}, std::nullopt)});
    CHECK(counted(books) == treasury::TokenCounts{});
    CHECK(why(books) == "12 tokens are of a type without a price: only input, cached_input and output have one.");
}

TEST_CASE("gaps that touch are joined, with every reason") {
    CounterAccount books = account();
    books.add(scraped({{-3600, {-60, 60}}, {70, {90}}, {100, {120}}}), {series({{-60, 0}, {60, 5}})});
    books.add(scraped({{-3600, {-60, 100}}, {110, {150}}}, "rl/2"), {});
    books.add(scraped({{-3600, {-60, 300}}, {310, {330}}}, "rl/3"), {});
    CHECK(gaps(books) == std::vector<Span>{{60, 150}, {300, 330}});
    CHECK_THAT(why(books), Catch::Matchers::Contains("(rl/1, rl/2)"));
    CHECK(gaps(books, true) == std::vector<Span>{{60, kEnd}});  // no samples after 150 and 330
}

TEST_CASE("a day holds a bounded number of gaps: the latest are joined") {
    CounterAccount books = account();
    std::vector<Process> crashing;
    for (int i = 0; i < 50; ++i) crashing.push_back({i * 600 - 300, {i * 600, i * 600 + 60}});
    books.add(scraped(crashing), {});
    const std::vector<Span> spans = gaps(books);
    REQUIRE(spans.size() == 20);
    CHECK(spans.front() == Span{60, 600});
    CHECK(spans[18] == Span{18 * 600 + 60, 19 * 600});
    CHECK(spans.back() == Span{19 * 600 + 60, 49 * 600});
}

TEST_CASE("a gap names a few of many targets, and shortens long names") {
    Losses losses;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        losses.add({kDay, at(60), {name + std::string(1000, 'x')}, {}, {}, {}});
    }
    REQUIRE(losses.gaps().size() == 1);
    CHECK(losses.gaps()[0].why.size() < 450);
    CHECK_THAT(losses.gaps()[0].why, Catch::Matchers::Contains(" and 2 more)"));
}
