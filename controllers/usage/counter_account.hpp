// Consumption from raw counter samples: exact differences without extrapolation, so that sums agree to the token.
//
// Source of the rules: the reference on usage metrics (increase() extrapolates, and counts nothing for a series first
// scraped at 500).
// - The difference of two samples counts at the later one's time.
// - A counter that fell was reset: its new value counts. So was one whose process restarted since the last sample,
//   however large it has become meanwhile.
// - A counter that fell in a process known to be the same is wrong: it counts again above its highest value.
// - A new series counts from zero if its target was scraped without it before, or if its process began after the
//   account did. Otherwise its first value is only a base, and the tokens before it become a named gap.
// - A window without scrapes, or with tokens that may belong to such windows, is a gap in the record of closed periods.
// - Days follow the same rules, for statements. A day's gaps are tokens that no sample can show: counted after the last
//   scrape of a process that was replaced or not seen again that day, impossible to date, or before the first scrape.
//   A silence after which the same counters went on loses nothing.
// Pure: time comes with the samples. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/closing.hpp"
#include "controllers/usage/day_meter.hpp"
#include "controllers/usage/samples.hpp"

namespace bursar::usage {

// Why samples cannot be trusted: a condition's reason and message.
struct Doubt {
    std::string reason;
    std::string message;

    bool operator==(const Doubt&) const = default;
};

class CounterAccount {
  public:
    // Counts from `begin`, the start of the earliest open window. Earlier samples are only base values.
    CounterAccount(Instant begin, std::map<std::string, api::BudgetWindow> windows)
        : begin_(begin), windows_(std::move(windows)), meter_(begin) {}

    // Also sums consumption after each of these instants (UsageView::consumedSince), from the samples added later.
    void setCuts(treasury::Cuts cuts) { cuts_ = std::move(cuts); }

    // Skips samples it has seen, so batches may overlap.
    void add(const std::map<std::string, TargetHistory>& targets, const std::vector<CounterSeries>& batch);

    // Drops windows that ended by `before`, by pool; all windows of a pool that is absent.
    void prune(const std::map<std::string, Instant>& before);
    // Drops days before this one.
    void pruneDays(Instant before) { meter_.prune(before); }
    // Drops targets that were not scraped since then, with their counters. If one returns, the tokens it counted
    // meanwhile cannot be dated.
    void pruneTargets(Instant before);

    [[nodiscard]] const treasury::UsageView& view() const { return view_; }
    // The windows that `reach` covers, by pool.
    [[nodiscard]] treasury::ClosedUsage closed(std::map<std::string, treasury::Reach> reach) const;
    // The day (UTC) that starts then, without cost centres, loans and reserves. If it is over, its gaps name the
    // targets that were not seen again.
    [[nodiscard]] treasury::MeteredDay day(Instant start, bool isOver) const;
    // True if a target that was scraped shortly before `end` was not scraped since.
    [[nodiscard]] bool awaitsScrape(Instant end) const;
    // Grows with every change of a day.
    [[nodiscard]] std::int64_t dayRevision() const { return meter_.revision(); }
    // The last successful scrape of any target; the epoch if there was none.
    [[nodiscard]] Instant lastScrape() const { return lastScrape_; }
    // Why the samples of scraped targets are wrong: a counter fell, or series are absent for longer than `staleAfter`.
    [[nodiscard]] std::optional<Doubt> doubt(Duration staleAfter) const;
    // Tokens counted before their series was first seen. They cannot be dated, so they are reported and not counted.
    [[nodiscard]] api::Tokens undated() const { return undated_; }

  private:
    struct Target {
        Instant firstUp = Instant::max();
        Instant lastUp = Instant::min();
        Instant started = Instant::min();    // of the current process
        Instant startSeen = Instant::min();  // the last scrape with a start time
        std::int64_t startValue = 0;         // its value, in Unix seconds
        Instant sameSince = Instant::max();  // the first scrape with that value
        std::size_t mostSeries = 0;          // in one scrape of this process: its counters never disappear
        Instant wholeAt = Instant::min();    // the last scrape with that many series
        std::vector<Instant> restarts;       // the first scrape of each recent process that replaced another
    };
    // A counter that fell in the same process.
    struct Fall {
        std::string target;
        std::string team;
        std::string pool;
        Instant at;
        std::int64_t from = 0;
        std::int64_t to = 0;
    };
    // A time between two scrapes that is long enough to hold a window.
    struct Silence {
        Instant from;
        Instant until;
    };

    void learn(const std::map<std::string, TargetHistory>& targets);
    void learnScrapes(Target& target, const TargetHistory& history);
    void learnStarts(const std::string& name, Target& target, const std::vector<Sample>& starts);
    void learnSeries(const std::vector<CounterSeries>& batch);
    void pruneRestarts(Target& target) const;
    void addSamples(const CounterSeries& series);
    void countFirst(const CounterSeries& series, const Sample& first);
    void countNext(const CounterSeries& series, const Sample& before, const Sample& sample);
    [[nodiscard]] bool hasFallen(const CounterSeries& series, const Sample& before, const Sample& sample);
    [[nodiscard]] bool isSameProcess(const Target& target, Instant from, Instant until) const;
    [[nodiscard]] bool isGap(const treasury::TimeWindow& window) const;
    void count(const CounterSeries& series, const Sample& sample, std::int64_t tokens);
    [[nodiscard]] bool beganAtZero(const CounterSeries& series, const Sample& first) const;

    Instant begin_;
    std::map<std::string, api::BudgetWindow> windows_;  // by pool
    treasury::Cuts cuts_;
    std::unordered_map<std::string, std::unordered_map<std::string, Sample>> last_;  // by target, then series id
    std::unordered_map<std::string, Target> targets_;
    Instant targetsKeptFrom_ = Instant::min();
    std::map<std::string, Fall> falls_;  // by series id, while the counter is below its highest value
    treasury::UsageView view_;
    std::set<treasury::ConsumptionKey> refused_;
    std::vector<Silence> silences_;  // of all targets at once
    std::vector<Silence> late_;      // of one target whose counters went on: its tokens count at the end of the silence
    DayMeter meter_;
    Instant firstScrape_ = Instant::max();
    Instant lastScrape_{};
    api::Tokens undated_;
};

}  // namespace bursar::usage
