// The account of one policy's usage: what its source told, as consumption by window and day. No threads.
//
// Flow: an account begins at the start of the earliest window of its policy's pools that is open or not recorded yet,
// so a restarted operator comes to the same figures from the source alone; then it follows in small steps. A source
// that does not answer changes nothing: the last figures stay, and `problem` says what is wrong. A window is closed
// once the source was read beyond its end. Days are metered beside the windows, from the first one that is not
// recorded; a day is closed as a window is, but waits a little for each target that was scraped until its end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/usage/prometheus.hpp"

namespace bursar::usage {

// How far back windows that were not recorded are read again. What is older is a gap.
inline constexpr Duration kFurthestBack = std::chrono::hours{7 * 24};

// What is asked of an account beside the open windows.
struct Wanted {
    treasury::Cuts cuts;
    // By pool, the end of the last window that is recorded; a pool that is not here is not recorded.
    std::map<std::string, Instant> recordedUntil;
    // The end of the last metered day that is recorded; absent: days are not asked for.
    std::optional<Instant> meteredUntil = {};

    bool operator==(const Wanted&) const = default;
};

// The days that were asked for, oldest first, without cost centres, loans and reserves.
struct MeteredDays {
    using Day = std::shared_ptr<const treasury::MeteredDay>;
    std::vector<Day> closed;  // for good
    std::vector<Day> open;    // so far: the last day, and shortly after midnight the one before it
};

// What is published of one policy.
struct PolicyUsage {
    treasury::UsageView view;      // of the windows that were open when the source was read
    treasury::ClosedUsage closed;  // of windows that are not recorded yet, a day at a time
    MeteredDays days;
    bool known = false;    // the account was complete once; before that `view` may lack what is not read yet
    Instant lastScrape{};  // epoch: nothing was ever seen
    Duration staleAfter = std::chrono::minutes{2};
    std::string problem;  // what the source answered instead of samples when it was asked last; empty when all is well
    std::optional<Doubt> doubt;
    api::Tokens undated;  // see CounterAccount::undated

    // Asked of a reader's clock: a source that hangs holds up whoever would say so here.
    [[nodiscard]] bool isFresh(Instant now) const { return !doubt && now - lastScrape <= staleAfter; }
    // Why it is not fresh, and since when; empty where it is.
    [[nodiscard]] std::string staleness(Instant now) const;
};

using UsageByPolicy = std::map<std::string, PolicyUsage>;

// Not thread-safe: its owner is whoever reads.
class PolicyAccount {
  public:
    using Query = std::function<Result<UsageBatch>(const api::PrometheusUsage&, Instant to, Duration span)>;

    PolicyAccount(const api::AllocationPolicy& policy, Query query, Instant now, const Wanted& wanted = {});

    // True where `policy` still wants the same account (same source, same pools and windows), nothing before what was
    // asked for, and no new cut in what was read already: then it must be read again.
    [[nodiscard]] bool serves(const api::AllocationPolicy& policy, const Wanted& wanted = {}) const;
    // Takes over what an account that serves it is asked for now.
    void want(const Wanted& wanted);
    // True where the clock was set back since: what lies between may not be all there is, so it must be read again.
    [[nodiscard]] bool isAheadOf(Instant now) const;
    // Reads on towards `now`, a bounded number of steps at once. Stops at the first error; what was read is kept, and
    // the next call goes on from there, in smaller steps.
    void advance(Instant now);
    // False where the next call of advance() should not wait: there is more to read.
    [[nodiscard]] bool hasCaughtUp() const { return caughtUp_ || !problem_.empty(); }
    [[nodiscard]] PolicyUsage snapshot() const;
    // Of the last advance(): what the source answered instead of samples.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] Duration pollInterval() const { return source_.pollInterval; }

  private:
    [[nodiscard]] Instant cutsFrom(const std::string& pool) const;
    [[nodiscard]] std::map<std::string, treasury::Reach> reach() const;
    [[nodiscard]] treasury::UsageView openWindows() const;
    void forget(Instant now);
    [[nodiscard]] bool isClosed(Instant dayEnd) const;
    void meterDays();
    [[nodiscard]] MeteredDays::Day made(Instant day, bool isOver) const;

    api::PrometheusUsage source_;
    std::map<std::string, api::BudgetWindow> windows_;
    Query query_;
    treasury::Cuts cuts_;
    std::map<std::string, Instant> recordedUntil_;
    // By pool: windows that end later are in the account, or lie before `begin_` although they were asked for.
    std::map<std::string, Instant> keptFrom_;
    std::optional<Instant> meteredUntil_;
    const Instant begin_;
    Instant daysKeptFrom_;  // as keptFrom_
    CounterAccount account_;
    Instant readUpTo_;
    Duration step_;  // of the next query
    bool caughtUp_ = false;
    std::string problem_;
    MeteredDays days_;
    std::int64_t daysRevision_ = -1;  // of the account, when `days_.open` was made
};

// Reads what the policy's source knows of the days from `from` until now, for who cannot wait for a poller. Blocks for
// as long as the source takes: a query for each ten minutes. InvalidArgument where the policy has no source,
// Unavailable where it does not answer; one that answers and is stale is no error (PolicyUsage::staleness).
Result<PolicyUsage> readDays(const api::AllocationPolicy& policy, const PolicyAccount::Query& query, Instant from,
                             Instant now);

}  // namespace bursar::usage
