#include "controllers/usage/usage_poller.hpp"

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
// One query's span: bounds the size of an answer.
constexpr Duration kChunk = minutes{10};

std::map<std::string, api::BudgetWindow> windowsOf(const api::AllocationPolicy& policy) {
    std::map<std::string, api::BudgetWindow> windows;
    for (const api::Pool& pool : policy.pools) windows[pool.name] = pool.window;
    return windows;
}

Instant earliestOpenWindow(const std::map<std::string, api::BudgetWindow>& windows, Instant now) {
    Instant earliest = now;
    for (const auto& [pool, window] : windows) {
        earliest = std::min(earliest, treasury::windowAt(now, window).start);
    }
    return earliest;
}

}  // namespace

PolicyAccount::PolicyAccount(const api::AllocationPolicy& policy, Query query, Instant now, treasury::Cuts cuts)
    : source_(policy.prometheus),
      windows_(windowsOf(policy)),
      query_(std::move(query)),
      account_(earliestOpenWindow(windows_, now), windows_),
      begin_(earliestOpenWindow(windows_, now)),
      readUpTo_(begin_ - kLookback) {
    setCuts(cuts);
}

bool PolicyAccount::serves(const api::AllocationPolicy& policy, const treasury::Cuts& cuts) const {
    if (source_ != policy.prometheus || windows_ != windowsOf(policy)) return false;
    for (const auto& [whose, instants] : cuts) {
        const auto known = cuts_.find(whose);
        for (const Instant cut : instants) {
            const bool read = cut >= begin_ && cut < readUpTo_;
            if (read && (known == cuts_.end() || !known->second.contains(cut))) return false;
        }
    }
    return true;
}

void PolicyAccount::setCuts(const treasury::Cuts& cuts) {
    // Cuts nobody asks for any more stay: what was counted by them is still to be summed by them.
    for (const auto& [whose, instants] : cuts) cuts_[whose].insert(instants.begin(), instants.end());
    account_.setCuts(cuts_);
}

void PolicyAccount::advance(Instant now) {
    while (readUpTo_ < now) {
        const Instant to = std::min(readUpTo_ + kChunk, now);
        auto batch = query_(source_, to, to - readUpTo_ + kOverlap);
        if (!batch) {
            problem_ = batch.error().message;
            return;
        }
        account_.add(batch->targets, batch->series);
        readUpTo_ = to;
    }
    caughtUp_ = true;
    problem_.clear();
    account_.prune(now - std::chrono::hours{24});
}

PolicyUsage PolicyAccount::snapshot(Instant now) const {
    PolicyUsage usage;
    usage.view = account_.view();
    usage.view.completeUpTo = account_.lastScrape();
    usage.known = caughtUp_;
    usage.lastScrape = account_.lastScrape();
    usage.undated = account_.undated();
    usage.problem = problem_;
    usage.fresh = problem_.empty() && now - usage.lastScrape <= source_.staleAfter;
    if (problem_.empty() && !usage.fresh) {
        usage.problem = usage.lastScrape == Instant{}
                            ? "Prometheus has no successful scrape (`up`) of the gateway's limiter; check "
                              "usage.prometheus.selector and the scrape configuration"
                            : fmt::format("the last successful scrape of the gateway's limiter was at {}",
                                          formatInstant(usage.lastScrape));
    }
    return usage;
}

UsagePoller::UsagePoller(const Clock& clock, std::function<void()> onChange)
    : clock_(clock), onChange_(std::move(onChange)), thread_([this](std::stop_token stop) { run(stop); }) {}

UsagePoller::~UsagePoller() { stop(); }

void UsagePoller::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void UsagePoller::follow(std::vector<std::shared_ptr<const api::AllocationPolicy>> policies,
                         std::map<std::string, treasury::Cuts> cuts) {
    std::erase_if(policies, [](const auto& policy) {
        return policy->usageType != api::UsageType::Prometheus || !policy->errors.empty();
    });
    const std::lock_guard lock{mutex_};
    if (policies == policies_ && cuts == cuts_) return;
    policies_ = std::move(policies);
    cuts_ = std::move(cuts);
    changed_ = true;
    wake_.notify_all();
}

std::shared_ptr<const UsageByPolicy> UsagePoller::snapshot() const {
    const std::lock_guard lock{mutex_};
    return published_;
}

Duration UsagePoller::pollDue(const Policies& policies, const std::map<std::string, treasury::Cuts>& cuts) {
    Duration wait = seconds{60};
    auto next = std::make_shared<UsageByPolicy>();
    std::map<std::string, PolicyAccount> kept;
    bool polled = false;
    for (const auto& policy : policies) {
        const std::string& name = policy->meta.name;
        auto found = accounts_.find(name);
        const auto wanted = cuts.find(name);
        const treasury::Cuts ofPolicy = wanted == cuts.end() ? treasury::Cuts{} : wanted->second;
        const bool known = found != accounts_.end() && found->second.serves(*policy, ofPolicy);
        if (!known) nextPoll_.erase(name);
        PolicyAccount& account =
            known ? kept.emplace(name, std::move(found->second)).first->second
                  : kept.emplace(name, PolicyAccount{*policy, queryRange, clock_.now()}).first->second;
        account.setCuts(ofPolicy);
        auto& due = nextPoll_[name];
        if (due <= clock_.steadyNow()) {
            account.advance(clock_.now());
            due = clock_.steadyNow() + std::max<Duration>(account.pollInterval(), std::chrono::milliseconds{200});
            polled = true;
        }
        wait = std::min(wait, std::chrono::duration_cast<Duration>(due - clock_.steadyNow()));
        (*next)[name] = account.snapshot(clock_.now());
    }
    accounts_ = std::move(kept);
    if (polled || policies.empty()) {
        const std::lock_guard lock{mutex_};
        published_ = std::move(next);
    }
    if (polled) onChange_();
    return std::max(wait, Duration{1000});
}

void UsagePoller::run(std::stop_token stop) {
    Duration wait{0};
    while (!stop.stop_requested()) {
        Policies policies;
        std::map<std::string, treasury::Cuts> cuts;
        {
            std::unique_lock lock{mutex_};
            wake_.wait_for(lock, stop, wait, [this] { return changed_; });
            if (stop.stop_requested()) return;
            changed_ = false;
            policies = policies_;
            cuts = cuts_;
        }
        wait = pollDue(policies, cuts);
    }
}

}  // namespace bursar::usage
