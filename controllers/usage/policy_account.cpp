#include "controllers/usage/policy_account.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::usage {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Samples are appended a little after their timestamp; what was late is found by reading again.
constexpr Duration kOverlap = minutes{1};
// How far before the account's begin a base is looked for: Prometheus' own lookback.
constexpr Duration kLookback = minutes{5};
// One query's step: bounds the size of an answer. A source that fails is asked for less at a time, since that may be
// why.
constexpr Duration kLongestStep = minutes{10};
constexpr Duration kShortestStep = seconds{10};
// Steps at once, so that a policy that catches up on days holds up no other one, and no stop.
constexpr int kMostChunks = 60;
// A window is closed once the source was read this long after its end: a scrape's samples carry the time it began, and
// appear when it is done, after Prometheus' scrape timeout (10 s) at the latest.
constexpr Duration kCloseMargin = seconds{15};
// How long after its end a day waits for a target that was scraped until then: the longest scrape interval that is
// usual.
constexpr Duration kStragglers = minutes{5};
constexpr Duration kDay = std::chrono::hours{24};
// Closed windows that are not recorded yet are handed over so many at once, by their time.
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

// The start of the earliest window or day that is open or, within bounds, not recorded.
Instant beginOf(const std::map<std::string, api::BudgetWindow>& windows, Instant now, const Wanted& wanted) {
    Instant begin = earliestOpenWindow(windows, now);
    for (const auto& [pool, until] : wanted.recordedUntil) {
        if (windows.contains(pool)) begin = std::min(begin, std::max(until, now - kFurthestBack));
    }
    if (wanted.meteredUntil) begin = std::min(begin, std::max(*wanted.meteredUntil, now - kFurthestBack));
    return begin;
}

}  // namespace

PolicyAccount::PolicyAccount(const api::AllocationPolicy& policy, Query query, Instant now, const Wanted& wanted)
    : source_(policy.prometheus),
      windows_(windowsOf(policy)),
      query_(std::move(query)),
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
    if (source_ != policy.prometheus || windows_ != windowsOf(policy)) return false;
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

// Cuts before this are in windows that are over and not summed any more.
Instant PolicyAccount::cutsFrom(const std::string& pool) const {
    const auto kept = keptFrom_.find(pool);
    return kept == keptFrom_.end() ? Instant::max() : kept->second;
}

void PolicyAccount::want(const Wanted& wanted) {
    // Cuts nobody asks for any more stay while their window does: what was counted by them is still to be summed by
    // them.
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

void PolicyAccount::advance(Instant now) {
    problem_.clear();
    for (int chunk = 0; readUpTo_ < now && chunk < kMostChunks; ++chunk) {
        const Instant to = std::min(readUpTo_ + step_, now);
        auto batch = query_(source_, to, to - readUpTo_ + kOverlap);
        if (!batch) {
            const bool isSmallest = step_ == kShortestStep;
            step_ = std::max(step_ / 2, kShortestStep);
            if (batch.error().code == ErrorCode::Internal && !isSmallest) continue;  // too large, perhaps
            problem_ = batch.error().message;
            break;
        }
        account_.add(batch->targets, batch->series);
        readUpTo_ = to;
        step_ = std::min(step_ + kShortestStep, kLongestStep);  // slowly: what was too much is too much again
    }
    caughtUp_ = caughtUp_ || readUpTo_ >= now;
    forget(now);
    meterDays();
}

// Windows and days that are recorded, or of pools that are not, once they are over; and whatever is too old.
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
        if (day->day < tooOld && !day->teams.empty()) day = made(day->day, true);
    }
}

bool PolicyAccount::isClosed(Instant dayEnd) const {
    if (std::min(readUpTo_ - kCloseMargin, account_.lastScrape()) < dayEnd) return false;
    return readUpTo_ >= dayEnd + kStragglers || !account_.awaitsScrape(dayEnd);
}

MeteredDays::Day PolicyAccount::made(Instant day, bool isOver) const {
    return std::make_shared<const treasury::MeteredDay>(account_.day(day, isOver));
}

// A closed day is made once; open ones when something was counted or lost.
void PolicyAccount::meterDays() {
    if (!meteredUntil_) {
        days_ = {};
        return;
    }
    Instant day = *meteredUntil_;
    std::erase_if(days_.closed, [&](const MeteredDays::Day& closed) { return closed->day < day; });
    if (!days_.closed.empty()) day = days_.closed.back()->day + kDay;
    for (; isClosed(day + kDay); day += kDay) days_.closed.push_back(made(day, true));
    const bool same = !days_.open.empty() && days_.open.front()->day == day &&
                      days_.open.back()->day == dayOf(readUpTo_) && daysRevision_ == account_.dayRevision();
    if (same) return;
    days_.open.clear();
    for (; day <= readUpTo_; day += kDay) days_.open.push_back(made(day, false));
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

// Decisions are about these only; a window that has just begun has nothing yet.
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
    usage.staleAfter = source_.staleAfter;
    usage.problem = problem_;
    usage.doubt = account_.doubt(source_.staleAfter);
    return usage;
}

std::string PolicyUsage::staleness(Instant now) const {
    if (isFresh(now)) return "";
    if (doubt) return doubt->message;
    std::string text = lastScrape == Instant{}
                           ? "Prometheus has no successful scrape (`up`) of the gateway's limiter; check "
                             "usage.prometheus.selector and the scrape configuration"
                           : fmt::format(
                                 "the last successful scrape of the gateway's limiter that is "
                                 "known of was at {}",
                                 formatInstant(lastScrape));
    return problem.empty() ? text : problem + "; " + text;
}

Result<PolicyUsage> readDays(const api::AllocationPolicy& policy, const PolicyAccount::Query& query, Instant from,
                             Instant now) {
    if (policy.usageType != api::UsageType::Prometheus) {
        return makeError(ErrorCode::InvalidArgument,
                         "spec.usage.type: the policy has no usage source, so nothing is metered; give it one "
                         "(Prometheus)");
    }
    PolicyAccount account{policy, query, now, {.cuts = {}, .recordedUntil = {}, .meteredUntil = dayOf(from)}};
    do {
        account.advance(now);
        if (!account.problem().empty()) return makeError(ErrorCode::Unavailable, account.problem());
    } while (!account.hasCaughtUp());
    return account.snapshot();
}

}  // namespace bursar::usage
