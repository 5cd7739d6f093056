#include "controllers/usage/counter_account.hpp"

#include <catch2/catch.hpp>

using namespace bursar;
using namespace bursar::usage;
using api::BudgetWindow;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
const std::string kTarget = "ratelimit/1";

struct At {
    int second;
    std::int64_t value;
};

CounterSeries series(const std::vector<At>& samples, const std::string& id = "s", const std::string& team = "search") {
    CounterSeries made{id, kTarget, team, "chat", {}};
    for (const At& sample : samples) made.samples.push_back({kDay + seconds{sample.second}, sample.value});
    return made;
}

// The target was scraped at these seconds; its process started at `started` (a second of the day, may be negative).
std::map<std::string, TargetHistory> scraped(const std::vector<int>& at, int started) {
    TargetHistory history;
    for (const int second : at) {
        history.upAt.push_back(kDay + seconds{second});
        history.processStarts.push_back(
            {kDay + seconds{second},
             std::chrono::duration_cast<seconds>(kDay.time_since_epoch()).count() + started});
    }
    return {{kTarget, history}};
}

CounterAccount account() { return {kDay, {{"chat", BudgetWindow::Day}, {"embed", BudgetWindow::Hour}}}; }

std::int64_t consumed(const CounterAccount& from, const std::string& team = "search", Instant window = kDay) {
    const auto found = from.view().consumed.find({"chat", team, window});
    return found == from.view().consumed.end() ? -1 : found->second.value();
}

}  // namespace

TEST_CASE("consumption is the exact difference of raw samples") {
    CounterAccount books = account();
    books.add(scraped({-60, 0, 10, 20, 30}, -3600), {series({{-60, 500}, {0, 510}, {10, 510}, {20, 777}, {30, 1000}})});
    CHECK(consumed(books) == 500);  // 510 − 500 at 00:00:00 belongs to the new day, then 490 more
    CHECK(books.undated() == api::Tokens{0});
    CHECK(books.lastScrape() == kDay + seconds{30});
}

TEST_CASE("overlapping batches and repeated samples count once") {
    CounterAccount books = account();
    books.add(scraped({0, 10}, -3600), {series({{0, 100}, {10, 150}})});
    books.add(scraped({0, 10, 20}, -3600), {series({{0, 100}, {10, 150}, {20, 175}})});
    books.add(scraped({10, 20}, -3600), {series({{10, 150}, {20, 175}})});
    CHECK(consumed(books) == 75);
}

TEST_CASE("a counter that goes back was reset and counts its new value") {
    CounterAccount books = account();
    books.add(scraped({0, 10, 20, 30}, -3600), {series({{0, 1000}, {10, 1200}, {20, 30}, {30, 50}})});
    CHECK(consumed(books) == 200 + 30 + 20);
}

TEST_CASE("a series that appears on a target seen before began at zero") {
    CounterAccount books = account();
    books.add(scraped({0, 10, 20}, -3600), {series({{10, 700}, {20, 800}})});
    CHECK(consumed(books) == 800);
}

TEST_CASE("a series seen at the first scrape counts from zero only where its process began after the account did") {
    CounterAccount fresh = account();
    fresh.add(scraped({60, 70}, 30), {series({{60, 700}, {70, 800}})});
    CHECK(consumed(fresh) == 800);

    CounterAccount old = account();
    old.add(scraped({60, 70}, -30), {series({{60, 700}, {70, 800}})});
    CHECK(consumed(old) == 100);
    CHECK(old.undated() == api::Tokens{700});
}

TEST_CASE("a sample before the account begins is a base and counts nothing") {
    CounterAccount books = account();
    books.add(scraped({-20, -10}, -3600), {series({{-20, 100}, {-10, 300}})});
    CHECK(consumed(books) == -1);
    books.add(scraped({5}, -3600), {series({{5, 310}})});
    CHECK(consumed(books) == 10);
}

TEST_CASE("tokens count in the window in which they were seen, per team and pool") {
    CounterAccount books = account();
    books.add(scraped({0, 86'390, 86'400}, -3600),
              {series({{0, 0}, {86'390, 40}, {86'400, 45}}), series({{0, 0}, {86'390, 7}}, "t", "support")});
    CHECK(consumed(books) == 40);
    CHECK(consumed(books, "search", kDay + hours{24}) == 5);
    CHECK(consumed(books, "support") == 7);
    books.prune(kDay + hours{24});
    CHECK(consumed(books) == -1);
    CHECK(consumed(books, "search", kDay + hours{24}) == 5);
}

TEST_CASE("a pool the policy does not have is passed over") {
    CounterAccount books = account();
    CounterSeries stranger = series({{0, 0}, {10, 40}});
    stranger.pool = "none";
    books.add(scraped({0, 10}, -3600), {stranger});
    CHECK(books.view().consumed.empty());
}
