// One policy's usage: the samples of its source, summed by window and by day. No threads.
//
// Flow: an account begins at the start of the earliest window of the policy's pools that is open or not yet recorded,
// so a restarted operator computes the same figures from the source alone; then it follows in small steps. While the
// source does not answer, the last figures stay and `problem` says what is wrong. A window is closed once the source
// was read beyond its end. Days are metered beside the windows, from the first one that is not recorded; a day closes
// as a window does, but first waits a few minutes for each target that was scraped until its end.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/usage/counter_account.hpp"
#include "controllers/usage/usage_source.hpp"

namespace bursar::usage {

// How far back unrecorded windows are read. Older unrecorded windows become gaps.
inline constexpr Duration kFurthestBack = std::chrono::hours{7 * 24};

// What an account provides beside the open windows.
struct Wanted {
    treasury::Cuts cuts;
    // By pool, the end of the last recorded window. Pools that are absent are not recorded.
    std::map<std::string, Instant> recordedUntil;
    // The end of the last recorded day; absent: the account meters no days.
    std::optional<Instant> meteredUntil = {};

    bool operator==(const Wanted&) const = default;
};

// The metered days from Wanted::meteredUntil on, oldest first, without cost centres, loans and reserves.
struct MeteredDays {
    using Day = std::shared_ptr<const treasury::MeteredDay>;
    std::vector<Day> closed;  // final
    std::vector<Day> open;    // still counting: the current day, and shortly after midnight the one before it
};

// A snapshot of one policy's usage.
struct PolicyUsage {
    treasury::UsageView view;      // the windows that were open when the source was read
    treasury::ClosedUsage closed;  // windows that are not recorded yet, at most a day of them at a time
    MeteredDays days;
    bool known = false;    // the account has caught up once; until then `view` may be incomplete
    Instant lastScrape{};  // epoch: never scraped
    Duration staleAfter = std::chrono::minutes{2};
    std::string neverScraped;  // see UsageFacts
    std::string problem;       // the error of the last read; empty if it succeeded
    std::optional<Doubt> doubt;
    api::Tokens undated;  // see CounterAccount::undated

    // The caller gives the time, because a source that hangs also blocks the thread that updates this snapshot.
    [[nodiscard]] bool isFresh(Instant now) const { return !doubt && now - lastScrape <= staleAfter; }
    // Why the usage is not fresh, and since when; empty if it is fresh.
    [[nodiscard]] std::string staleness(Instant now) const;
};

using UsageByPolicy = std::map<std::string, PolicyUsage>;

// Not thread-safe.
class PolicyAccount {
  public:
    // `source` is the one openUsageSource makes for the policy; not null.
    PolicyAccount(const api::AllocationPolicy& policy, std::shared_ptr<UsageSource> source, Instant now,
                  const Wanted& wanted = {});

    // True if this account still fits: `policy` has the same source, pools and windows, and `wanted` needs nothing that
    // was never read, was dropped, or has a new cut in samples already counted. Otherwise make a new account.
    [[nodiscard]] bool serves(const api::AllocationPolicy& policy, const Wanted& wanted = {}) const;
    // Replaces what the account provides; it must serve it.
    void want(const Wanted& wanted);
    // True if the clock was set back by more than the overlap of two reads: samples may have come since that this
    // account would miss, so make a new one.
    [[nodiscard]] bool isAheadOf(Instant now) const;
    // Reads towards `now`, in a bounded number of steps. Stops at the first error, keeps what was read, and continues
    // from there in smaller steps at the next call. A requested `stop` ends a read early.
    void advance(Instant now, const std::stop_token& stop = {});
    // False while advance() has more to read and should be called again at once.
    [[nodiscard]] bool hasCaughtUp() const { return caughtUp_ || !problem_.empty(); }
    [[nodiscard]] PolicyUsage snapshot() const;
    // The error of the last advance(); empty if it had none.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] Duration pollInterval() const { return source_->facts().pollInterval; }

  private:
    [[nodiscard]] Instant cutsFrom(const std::string& pool) const;
    [[nodiscard]] std::map<std::string, treasury::Reach> reach() const;
    [[nodiscard]] treasury::UsageView openWindows() const;
    void forget(Instant now);
    [[nodiscard]] bool isClosed(Instant dayEnd) const;
    void meterDays();
    [[nodiscard]] MeteredDays::Day meteredDay(Instant day, bool isOver) const;

    std::shared_ptr<UsageSource> source_;
    std::map<std::string, api::BudgetWindow> windows_;
    treasury::Cuts cuts_;
    std::map<std::string, Instant> recordedUntil_;
    // By pool: the account has every window that ends later, but for those too old to be read (kFurthestBack).
    std::map<std::string, Instant> keptFrom_;
    std::optional<Instant> meteredUntil_;
    const Instant begin_;
    Instant daysKeptFrom_;  // as keptFrom_
    CounterAccount account_;
    Instant readUpTo_;
    Duration step_;  // of the next read
    bool caughtUp_ = false;
    std::string problem_;
    MeteredDays days_;
    std::int64_t daysRevision_ = -1;  // of the account when `days_.open` was computed
};

// Reads the days from `from` until `now` at once, for a caller without a poller. Blocks while the source answers: one
// read for each ten minutes of time. `source` is the policy's. InvalidArgument if it is null, Unavailable if it does
// not answer. A stale source is not an error (PolicyUsage::staleness).
Result<PolicyUsage> readDays(const api::AllocationPolicy& policy, const std::shared_ptr<UsageSource>& source,
                             Instant from, Instant now);

}  // namespace bursar::usage
