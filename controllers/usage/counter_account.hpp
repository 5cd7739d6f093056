// Consumption from raw counter samples: exact differences, no extrapolation, so that the account adds up to the token.
//
// Source of the rules: the reference on usage metrics (increase() extrapolates; a series first scraped at 500 counts
// nothing there). Here: a difference of two samples counts at the later one's time; a counter that goes back was reset
// and counts its new value; a series that appears counts from zero where its target was seen without it before, or
// where its process began after the account did; otherwise its first value is a base, and the gap is named.
// A counter whose process began again since its last sample was reset, too, however large it has become meanwhile. One
// that goes back although its process is known to be the same lies: nothing counts until it is beyond its highest
// value. A window in which nothing was scraped, or which may hold tokens of such windows, is a gap for the record of
// closed periods: what is counted there would be a guess. Days are metered by the same rules, for statements. There
// only what no meter tells of any more is a gap: what a process counted after its last scrape when another took its
// place, or when it was not seen again by the end of the day; what cannot be dated; time that lies before the first
// scrape. A silence after which the same counters went on lost nothing. Pure: time comes with the samples. Not
// thread-safe; one owner.
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

namespace bursar::usage {

struct Sample {
    Instant at;
    std::int64_t value = 0;  // tokens since the counter began
};

// One counter series of the gateway: its identity, whose tokens (or refused calls) it counts, and samples in order of
// time.
struct CounterSeries {
    enum class Counts { Tokens, Refusals };
    std::string id;      // the full label set, as one string
    std::string target;  // job and instance: the process that exports it
    std::string team;
    std::string pool;
    std::vector<Sample> samples;
    Counts counts = Counts::Tokens;
    std::string model = {};
    std::optional<api::TokenType> type = {};  // absent: none that has a price
};

// What is known of one scraped process.
struct TargetHistory {
    std::vector<Instant> upAt;          // successful scrapes, in order
    std::vector<Sample> processStarts;  // value: process start in Unix seconds, as seen at `at`
};

// Why samples that are there cannot be trusted: a reason as conditions have them, and a sentence.
struct Doubt {
    std::string reason;
    std::string message;

    bool operator==(const Doubt&) const = default;
};

class CounterAccount {
  public:
    // Counts from `begin` (the start of the earliest window that is open). Samples before it are bases only.
    CounterAccount(Instant begin, std::map<std::string, api::BudgetWindow> windows)
        : begin_(begin), windows_(std::move(windows)), meter_(begin) {}

    // From now on consumption after each of these instants is told apart, too (UsageView::consumedSince). Only what is
    // added later is affected.
    void setCuts(treasury::Cuts cuts) { cuts_ = std::move(cuts); }

    // Samples already seen are passed over, so batches may overlap.
    void add(const std::map<std::string, TargetHistory>& targets, const std::vector<CounterSeries>& batch);

    // Forgets windows that ended before `before`, by pool; all of a pool that is not there.
    void prune(const std::map<std::string, Instant>& before);
    // Forgets days before this one.
    void pruneDays(Instant before) { meter_.prune(before); }
    // Forgets targets that were not scraped since then, with their counters. What one that is back after all has
    // counted cannot be dated.
    void pruneTargets(Instant before);

    [[nodiscard]] const treasury::UsageView& view() const { return view_; }
    // What is known of the windows `reach` covers, by pool.
    [[nodiscard]] treasury::ClosedUsage closed(std::map<std::string, treasury::Reach> reach) const;
    // What is known of the day (UTC) that starts then, without cost centres, loans and reserves. Of one that is over
    // targets that were not seen again are named.
    [[nodiscard]] treasury::MeteredDay day(Instant start, bool isOver) const;
    // True where a target that was scraped shortly before `end` was not scraped since.
    [[nodiscard]] bool awaitsScrape(Instant end) const;
    // Grows with every change of a day.
    [[nodiscard]] std::int64_t dayRevision() const { return meter_.revision(); }
    // Last successful scrape of any target; the epoch when there was none.
    [[nodiscard]] Instant lastScrape() const { return lastScrape_; }
    // What is wrong with the samples of targets that are scraped: a counter that went back, series that are absent for
    // longer than `staleAfter`.
    [[nodiscard]] std::optional<Doubt> doubt(Duration staleAfter) const;
    // Tokens that were there when a series was first seen and cannot be dated: named, not counted.
    [[nodiscard]] api::Tokens undated() const { return undated_; }

  private:
    struct Target {
        Instant firstUp = Instant::max();
        Instant lastUp = Instant::min();
        Instant started = Instant::min();    // of the process now behind it
        Instant startSeen = Instant::min();  // the last scrape that told so
        std::int64_t startTold = 0;          // what it told, in Unix seconds
        Instant sameSince = Instant::max();  // the first scrape that told the same
        std::size_t mostSeries = 0;          // of a scrape of this process: a counter that was there once stays
        Instant wholeAt = Instant::min();    // the last scrape that had all of them
        std::vector<Instant> restarts;       // first scrapes of a process that took another's place; the latest ones
    };
    // A counter that went back in the same process.
    struct Fall {
        std::string target;
        std::string team;
        std::string pool;
        Instant at;
        std::int64_t from = 0;
        std::int64_t to = 0;
    };
    // Between two scrapes, long enough to hold a window.
    struct Silence {
        Instant from;
        Instant until;
    };

    void learn(const std::map<std::string, TargetHistory>& targets);
    void learnScrapes(Target& target, const TargetHistory& history);
    void learnStarts(const std::string& name, Target& target, const std::vector<Sample>& starts);
    void learnSeries(const std::vector<CounterSeries>& batch);
    void forgetRestarts(Target& target) const;
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
    std::map<std::string, Fall> falls_;  // by series id, while it is below
    treasury::UsageView view_;
    std::set<treasury::ConsumptionKey> refused_;
    std::vector<Silence> silences_;  // of all targets at once
    std::vector<Silence> late_;      // of a target whose counters went on: what came then is counted at its end
    DayMeter meter_;
    Instant firstScrape_ = Instant::max();
    Instant lastScrape_{};
    api::Tokens undated_;
};

}  // namespace bursar::usage
