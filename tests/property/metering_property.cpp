// Metering as a model: a limiter counts, is scraped and is killed at random. Metered tokens are served tokens, except
// those that a process counted after its last scrape; a gap marks each such loss. Batches do not matter.
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "controllers/usage/counter_account.hpp"
#include "tests/property/holds.hpp"

using namespace bursar;
using namespace bursar::usage;
using bursar::testing::holds;

namespace {

const Instant kDay = *parseInstant("2026-11-24T00:00:00Z");
constexpr Duration kStep = std::chrono::minutes{20};  // a hundred steps take more than a day
constexpr int kSeries = 6;                            // two models of three types

struct Scrape {
    Instant at;
    Instant started;
    std::vector<std::optional<std::int64_t>> values = std::vector<std::optional<std::int64_t>>(kSeries);  // by series
};

// A limiter with its process, and where everything it counted went.
struct Limiter {
    Instant started = kDay - std::chrono::hours{1};
    std::vector<std::optional<std::int64_t>> counters = std::vector<std::optional<std::int64_t>>(kSeries);
    std::vector<std::int64_t> unscraped = std::vector<std::int64_t>(kSeries);
    std::vector<std::int64_t> seen = std::vector<std::int64_t>(kSeries);
    std::vector<Instant> lostBefore;  // a process died then with tokens that were not scraped
    std::vector<Scrape> scrapes;

    void serve(std::size_t series, int tokens) {
        counters[series] = counters[series].value_or(0) + tokens;
        unscraped[series] += tokens;
    }
    void scrape(Instant at) {
        scrapes.push_back({at, started, counters});
        for (std::size_t i = 0; i < kSeries; ++i) seen[i] += std::exchange(unscraped[i], 0);
    }
    void restart(Instant at) {
        if (std::accumulate(unscraped.begin(), unscraped.end(), std::int64_t{0}) > 0) lostBefore.push_back(at);
        started = at;
        counters.assign(kSeries, std::nullopt);
        unscraped.assign(kSeries, 0);
    }
};

Limiter run(const std::vector<std::uint16_t>& steps) {
    Limiter limiter;
    limiter.scrape(kDay - std::chrono::minutes{1});
    Instant now = kDay;
    for (const std::uint16_t step : steps) {
        now += kStep;
        const int what = step % 16;
        if (what == 0) {
            limiter.restart(now);
        } else if (what < 6) {
            limiter.scrape(now);
        } else {
            limiter.serve(static_cast<std::size_t>(step / 16 % kSeries), step / 128);
        }
    }
    limiter.scrape(now + kStep);
    return limiter;
}

// The samples of the scrapes [first, last), as Prometheus returns them.
void addBatch(CounterAccount& account, const std::vector<Scrape>& scrapes, std::size_t first, std::size_t last) {
    std::map<std::string, TargetHistory> targets;
    std::vector<CounterSeries> batch;
    for (std::size_t i = 0; i < kSeries; ++i) {
        CounterSeries series{std::to_string(i), "rl", "search", "chat", {}};
        series.model = i < 3 ? "large" : "small";
        series.type = api::kTokenTypes[i % 3];
        for (std::size_t j = first; j < last; ++j) {
            if (scrapes[j].values[i]) series.samples.push_back({scrapes[j].at, *scrapes[j].values[i]});
        }
        if (!series.samples.empty()) batch.push_back(std::move(series));
    }
    for (std::size_t j = first; j < last; ++j) {
        targets["rl"].upAt.push_back(scrapes[j].at);
        targets["rl"].processStarts.push_back(
            {scrapes[j].at, std::chrono::floor<std::chrono::seconds>(scrapes[j].started).time_since_epoch().count()});
    }
    account.add(targets, batch);
}

CounterAccount account() { return {kDay, {{"chat", api::BudgetWindow::Hour}}}; }

std::vector<treasury::MeteredDay> daysOf(const CounterAccount& books) {
    std::vector<treasury::MeteredDay> days;
    for (int i = 0; i < 3; ++i) days.push_back(books.day(kDay + i * std::chrono::hours{24}, false));
    return days;
}

std::vector<std::uint16_t> someSteps() {
    return *rc::gen::resize(100, rc::gen::container<std::vector<std::uint16_t>>(rc::gen::arbitrary<std::uint16_t>()));
}

}  // namespace

TEST_CASE("metered tokens are served tokens, except losses, and each loss has a gap") {
    holds("metering", [] {
        const Limiter limiter = run(someSteps());
        CounterAccount books = account();
        addBatch(books, limiter.scrapes, 0, limiter.scrapes.size());
        std::vector<std::int64_t> metered(kSeries);
        std::vector<treasury::MeteringGap> gaps;
        for (const treasury::MeteredDay& day : daysOf(books)) {
            gaps.insert(gaps.end(), day.gaps.begin(), day.gaps.end());
            if (!day.teams.contains("search")) continue;
            for (const auto& [model, counts] : day.teams.at("search").usage) {
                const std::size_t first = model.model == "large" ? 0 : 3;
                for (std::size_t i = 0; i < 3; ++i) metered[first + i] += counts.of(api::kTokenTypes[i]).value();
            }
        }
        RC_ASSERT(metered == limiter.seen);
        for (const Instant died : limiter.lostBefore) {
            RC_ASSERT(std::any_of(gaps.begin(), gaps.end(), [&](const treasury::MeteringGap& gap) {
                return gap.from < died && died <= gap.until;
            }));
        }
        std::int64_t inWindows = 0;
        for (const auto& [key, tokens] : books.view().consumed) inWindows += tokens.value();
        RC_ASSERT(inWindows == std::accumulate(metered.begin(), metered.end(), std::int64_t{0}));
    });
}

TEST_CASE("days read in batches of any size, which may overlap, are the same") {
    holds("batches", [](std::vector<std::uint8_t> sizes) {
        const Limiter limiter = run(someSteps());
        CounterAccount whole = account();
        addBatch(whole, limiter.scrapes, 0, limiter.scrapes.size());
        CounterAccount pieces = account();
        std::size_t size = 0;
        for (std::size_t first = 0, i = 0; first < limiter.scrapes.size(); first += size, ++i) {
            size = sizes.empty() ? 1 : 1 + sizes[i % sizes.size()] % 8;
            const std::size_t overlap = std::min(first, size);
            addBatch(pieces, limiter.scrapes, first - overlap, std::min(first + size, limiter.scrapes.size()));
        }
        RC_ASSERT(daysOf(whole) == daysOf(pieces));
    });
}
