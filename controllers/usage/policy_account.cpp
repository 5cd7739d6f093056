#include "controllers/usage/policy_account.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::usage {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A source appends samples a little after their timestamp. Overlapping reads find the late ones.
constexpr Duration kOverlap = minutes{1};
// How far before its begin the account looks for a counter's base value: Prometheus' own lookback.
constexpr Duration kLookback = minutes{5};
// The span of one read bounds the size of an answer. After a failure the span shrinks, since its size may be the cause.
constexpr Duration kLongestStep = minutes{10};
constexpr Duration kShortestStep = seconds{10};
// Steps per advance(): a policy that catches up on days delays other policies and a stop by no more than these.
constexpr int kMostChunks = 60;
// A window closes once the source was read this long after its end: samples carry the time their scrape began and
// appear when it ends, within Prometheus' scrape timeout (10 s).
constexpr Duration kCloseMargin = seconds{15};
// How long after its end a day waits for targets that were scraped until then: the longest usual scrape interval.
constexpr Duration kStragglers = minutes{5};
constexpr Duration kDay = std::chrono::hours{24};
// The longest time whose closed, unrecorded windows one snapshot holds.
constexpr Duration kClosedAtOnce = std::chrono::hours{24};

std::map<std::string, api::BudgetWindow> windowsOf(const api::AllocationPolicy& policy) {
    std::map<std::string, api::BudgetWindow> windows;
    for (const api::Pool& pool : policy.pools) windows[pool.name] = pool.window;
    return windows;
}

Instant dayOf(Instant at) { return treasury::windowAt(at, api::BudgetWindow::Day).start; }

Instant earliestOpenWindow(const std::map<std::string, api::BudgetWindow>& windows, Instant now) {
    Instant earliest = now;
    for (const auto& [pool, window] : windows) {
        earliest = std::min(earliest, treasury::windowAt(now, window).start);
    }
    return earliest;
}

// The start of the earliest window or day that is open or unrecorded, at most kFurthestBack ago.
Instant beginOf(const std::map<std::string, api::BudgetWindow>& windows, Instant now, const Wanted& wanted) {
    Instant begin = earliestOpenWindow(windows, now);
    for (const auto& [pool, until] : wanted.recordedUntil) {
        if (windows.contains(pool)) begin = std::min(begin, std::max(until, now - kFurthestBack));
    }
    if (wanted.meteredUntil) begin = std::min(begin, std::max(*wanted.meteredUntil, now - kFurthestBack));
    return begin;
}

}  // namespace

PolicyAccount::PolicyAccount(const api::AllocationPolicy& policy, std::shared_ptr<UsageSource> source, Instant now,
                             const Wanted& wanted)
    : source_(std::move(source)),
      windows_(windowsOf(policy)),
      recordedUntil_(wanted.recordedUntil),
      begin_(beginOf(windows_, now, wanted)),
      daysKeptFrom_(std::min(begin_, wanted.meteredUntil.value_or(begin_))),
      account_(begin_, windows_),
      readUpTo_(begin_ - kLookback),
      step_(kLongestStep) {
    for (const auto& [pool, window] : windows_) {
        const auto recorded = recordedUntil_.find(pool);
        keptFrom_[pool] = recorded == recordedUntil_.end() ? begin_ : std::min(begin_, recorded->second);
    }
    want(wanted);
}

bool PolicyAccount::serves(const api::AllocationPolicy& policy, const Wanted& wanted) const {
    if (!source_->isFor(policy) || windows_ != windowsOf(policy)) return false;
    for (const auto& [pool, until] : wanted.recordedUntil) {
        const auto kept = keptFrom_.find(pool);
        if (kept != keptFrom_.end() && until < kept->second) return false;
    }
    if (wanted.meteredUntil && *wanted.meteredUntil < daysKeptFrom_) return false;
    for (const auto& [whose, instants] : wanted.cuts) {
        const auto known = cuts_.find(whose);
        for (const Instant cut : instants) {
            const bool read = cut >= std::max(begin_, cutsFrom(whose.first)) && cut < readUpTo_;
            if (read && (known == cuts_.end() || !known->second.contains(cut))) return false;
        }
    }
    return true;
}

// Cuts before this lie in windows that are over and dropped.
Instant PolicyAccount::cutsFrom(const std::string& pool) const {
    const auto kept = keptFrom_.find(pool);
    return kept == keptFrom_.end() ? Instant::max() : kept->second;
}

void PolicyAccount::want(const Wanted& wanted) {
    // A cut stays as long as its window, also when the policy drops it: sums that it split stay split.
    for (const auto& [whose, instants] : wanted.cuts) cuts_[whose].insert(instants.begin(), instants.end());
    for (auto& [whose, instants] : cuts_) instants.erase(instants.begin(), instants.lower_bound(cutsFrom(whose.first)));
    std::erase_if(cuts_, [](const auto& entry) { return entry.second.empty(); });
    account_.setCuts(cuts_);
    recordedUntil_ = wanted.recordedUntil;
    if (meteredUntil_ == wanted.meteredUntil) return;
    meteredUntil_ = wanted.meteredUntil;
    meterDays();
}

bool PolicyAccount::isAheadOf(Instant now) const { return readUpTo_ > now + kOverlap; }

void PolicyAccount::advance(Instant now, const std::stop_token& stop) {
    problem_.clear();
    for (int chunk = 0; readUpTo_ < now && chunk < kMostChunks; ++chunk) {
        const Instant to = std::min(readUpTo_ + step_, now);
        const auto batch = source_->read(to, to - readUpTo_ + kOverlap, stop);
        if (!batch) {
            const bool isSmallest = step_ == kShortestStep;
            step_ = std::max(step_ / 2, kShortestStep);
            if (batch.error().code == ErrorCode::Internal && !isSmallest) continue;  // perhaps too large
            problem_ = batch.error().message;
            break;
        }
        account_.add(batch->targets, batch->series);
        readUpTo_ = to;
        step_ = std::min(step_ + kShortestStep, kLongestStep);  // slowly, so that it rarely fails again
    }
    caughtUp_ = caughtUp_ || readUpTo_ >= now;
    forget(now);
    meterDays();
}

// Drops what is over and recorded, or over in a pool that is not recorded, or older than kFurthestBack.
void PolicyAccount::forget(Instant now) {
    std::map<std::string, Instant> before;
    for (const auto& [pool, window] : windows_) {
        const auto recorded = recordedUntil_.find(pool);
        Instant done = treasury::windowAt(readUpTo_, window).start;
        if (recorded != recordedUntil_.end()) done = std::min(done, recorded->second);
        keptFrom_[pool] = std::max(keptFrom_[pool], done);
        before[pool] = std::max(done, now - kFurthestBack);
    }
    account_.prune(before);
    const Instant open = dayOf(readUpTo_);
    const Instant done = std::min(open, meteredUntil_.value_or(open));
    daysKeptFrom_ = std::max(daysKeptFrom_, done);
    const Instant tooOld = dayOf(now - kFurthestBack);
    account_.pruneDays(std::max(done, tooOld));
    account_.pruneTargets(tooOld);
    for (MeteredDays::Day& day : days_.closed) {
        if (day->day < tooOld && !day->teams.empty()) day = meteredDay(day->day, true);
    }
}

bool PolicyAccount::isClosed(Instant dayEnd) const {
    if (std::min(readUpTo_ - kCloseMargin, account_.lastScrape()) < dayEnd) return false;
    return readUpTo_ >= dayEnd + kStragglers || !account_.awaitsScrape(dayEnd);
}

MeteredDays::Day PolicyAccount::meteredDay(Instant day, bool isOver) const {
    return std::make_shared<const treasury::MeteredDay>(account_.day(day, isOver));
}

// Computes a closed day once, and open ones after each change.
void PolicyAccount::meterDays() {
    if (!meteredUntil_) {
        days_ = {};
        return;
    }
    Instant day = *meteredUntil_;
    std::erase_if(days_.closed, [&](const MeteredDays::Day& closed) { return closed->day < day; });
    if (!days_.closed.empty()) day = days_.closed.back()->day + kDay;
    for (; isClosed(day + kDay); day += kDay) days_.closed.push_back(meteredDay(day, true));
    const bool same = !days_.open.empty() && days_.open.front()->day == day &&
                      days_.open.back()->day == dayOf(readUpTo_) && daysRevision_ == account_.dayRevision();
    if (same) return;
    days_.open.clear();
    for (; day <= readUpTo_; day += kDay) days_.open.push_back(meteredDay(day, false));
    daysRevision_ = account_.dayRevision();
}

std::map<std::string, treasury::Reach> PolicyAccount::reach() const {
    std::map<std::string, treasury::Reach> reach;
    const Instant from = std::max(begin_, readUpTo_ - kFurthestBack);
    const Instant until = std::min(readUpTo_ - kCloseMargin, account_.lastScrape());
    for (const auto& [pool, recorded] : recordedUntil_) {
        if (!windows_.contains(pool)) continue;
        reach[pool] = {recorded, from, std::min(until, std::max(recorded, from) + kClosedAtOnce)};
    }
    return reach;
}

// Only these matter to decisions. A window that has just begun has no consumption yet.
treasury::UsageView PolicyAccount::openWindows() const {
    treasury::UsageView view;
    for (const auto& [key, tokens] : account_.view().consumed) {
        const Instant open = treasury::windowAt(readUpTo_, windows_.at(key.pool)).start;
        if (key.windowStart == open) view.consumed[key] = tokens;
    }
    for (const auto& [key, since] : account_.view().consumedSince) {
        if (view.consumed.contains(key)) view.consumedSince[key] = since;
    }
    view.completeUpTo = account_.lastScrape();
    return view;
}

PolicyUsage PolicyAccount::snapshot() const {
    PolicyUsage usage;
    usage.view = openWindows();
    usage.closed = account_.closed(reach());
    usage.days = days_;
    usage.known = caughtUp_;
    usage.lastScrape = account_.lastScrape();
    usage.undated = account_.undated();
    usage.staleAfter = source_->facts().staleAfter;
    usage.neverScraped = source_->facts().neverScraped;
    usage.problem = problem_;
    usage.doubt = account_.doubt(usage.staleAfter);
    return usage;
}

std::string PolicyUsage::staleness(Instant now) const {
    if (isFresh(now)) return "";
    if (doubt) return doubt->message;
    std::string text =
        lastScrape == Instant{}
            ? neverScraped
            : fmt::format("the last successful scrape of the gateway's limiter was at {}", formatInstant(lastScrape));
    return problem.empty() ? text : problem + "; " + text;
}

Result<PolicyUsage> readDays(const api::AllocationPolicy& policy, const std::shared_ptr<UsageSource>& source,
                             Instant from, Instant now) {
    if (!source) {
        return makeError(ErrorCode::InvalidArgument,
                         "spec.usage.type: the policy has no usage source, so nothing is metered; give it one "
                         "(Prometheus)");
    }
    PolicyAccount account{policy, source, now, {.cuts = {}, .recordedUntil = {}, .meteredUntil = dayOf(from)}};
    do {
        account.advance(now);
        if (!account.problem().empty()) return makeError(ErrorCode::Unavailable, account.problem());
    } while (!account.hasCaughtUp());
    return account.snapshot();
}

}  // namespace bursar::usage
