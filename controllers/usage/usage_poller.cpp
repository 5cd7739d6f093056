#include "controllers/usage/usage_poller.hpp"

#include <algorithm>

namespace bursar::usage {
namespace {

constexpr Duration kIdle = std::chrono::seconds{60};
constexpr Duration kAfterException = std::chrono::seconds{15};
constexpr Duration kShortestInterval = std::chrono::milliseconds{200};

}  // namespace

UsagePoller::UsagePoller(const Clock& clock, std::function<void()> onChange,
                         std::function<void(const std::string&)> onError, Read read, OnException onException)
    : clock_(clock),
      onChange_(std::move(onChange)),
      onError_(std::move(onError)),
      read_(std::move(read)),
      onException_(std::move(onException)) {}

UsagePoller::~UsagePoller() { stop(); }

void UsagePoller::stop() {
    stop_.request_stop();
    readers_.clear();  // joins them
}

void UsagePoller::follow(const std::vector<std::shared_ptr<const api::AllocationPolicy>>& policies,
                         const std::map<std::string, Wanted>& wanted) {
    std::map<std::string, std::shared_ptr<Followed>> next;
    std::set<std::string> sources;
    const std::lock_guard lock{mutex_};
    for (const auto& policy : policies) {
        if (policy->usageType != api::UsageType::Prometheus || !policy->errors.empty()) continue;
        const std::string& name = policy->meta.name;
        const auto found = wanted.find(name);
        Asked asked{policy, found == wanted.end() ? Wanted{} : found->second};
        sources.insert(asked.source());
        const auto known = followed_.find(name);
        auto& followed = next[name] = known == followed_.end() ? std::make_shared<Followed>() : known->second;
        if (followed->asked == asked) continue;
        followed->asked = std::move(asked);
        followed->changed = true;
        ++revision_;
    }
    auto published = std::make_shared<UsageByPolicy>(*published_);
    if (std::erase_if(*published, [&](const auto& entry) { return !next.contains(entry.first); }) > 0) {
        published_ = std::move(published);
    }
    std::erase_if(failing_, [&](const std::string& source) { return !sources.contains(source); });
    followed_ = std::move(next);
    sources_ = sources.size();
    while (readers_.size() < std::min(sources_, kMostReaders) && !stop_.stop_requested()) {
        readers_.emplace_back([this] { keepRunning(stop_.get_token(), onException_, [this] { run(); }); });
    }
    wake_.notify_all();
}

std::shared_ptr<const UsageByPolicy> UsagePoller::snapshot() const {
    const std::lock_guard lock{mutex_};
    return published_;
}

void UsagePoller::run() {
    const std::stop_token stop = stop_.get_token();
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        Duration wait = kIdle;
        if (const auto due = nextDue(wait)) {
            serve(due, lock);
        } else {
            wake_.wait_for(lock, stop, wait, [this, seen = revision_] { return revision_ != seen; });
        }
    }
}

// What has waited longest of what may be read now; null, and how long to wait, where that is nothing.
std::shared_ptr<UsagePoller::Followed> UsagePoller::nextDue(Duration& wait) const {
    std::shared_ptr<Followed> longest;
    const auto now = clock_.steadyNow();
    for (const auto& [name, followed] : followed_) {
        if (followed->isRead || !hasReader(followed->asked.source())) continue;  // whoever ends wakes the others
        if (!followed->changed && followed->due > now) {
            wait = std::min(wait, std::chrono::ceil<Duration>(followed->due - now));
        } else if (!longest || followed->due < longest->due) {
            longest = followed;
        }
    }
    return longest;
}

// Whether one of the readers may turn to this source.
bool UsagePoller::hasReader(const std::string& source) const {
    if (beingRead_.contains(source)) return false;
    if (!failing_.contains(source) || sources_ <= kMostReaders) return true;
    const auto onFailing = std::count_if(beingRead_.begin(), beingRead_.end(),
                                         [this](const std::string& read) { return failing_.contains(read); });
    return static_cast<std::size_t>(onFailing) + 1 < kMostReaders;
}

void UsagePoller::serve(const std::shared_ptr<Followed>& followed, std::unique_lock<std::mutex>& lock) {
    const Asked asked = followed->asked;
    const std::string& name = asked.policy->meta.name;
    const bool isDue = followed->due <= clock_.steadyNow();
    followed->isRead = true;
    followed->changed = false;
    beingRead_.insert(asked.source());
    lock.unlock();
    std::optional<PolicyUsage> usage;
    const auto polled = guarded(onException_, [&]() -> Result<bool> {
        const bool read = advance(*followed, asked, isDue);
        if (read) usage = followed->account->snapshot();
        return read;
    });
    const bool stopped = stop_.stop_requested();  // then what it says is that it was cancelled
    const bool failed = !polled || !followed->account->problem().empty();
    if (failed && (!polled || *polled) && !stopped && onError_) onError_(name);
    lock.lock();
    followed->isRead = false;
    beingRead_.erase(asked.source());
    ++revision_;
    if (!polled) {
        followed->account.reset();  // it may be incomplete: the next read starts from a new one
        followed->due = clock_.steadyNow() + kAfterException;
    } else if (*polled) {
        const PolicyAccount& account = *followed->account;
        followed->due = clock_.steadyNow();
        if (account.hasCaughtUp()) followed->due += std::max(account.pollInterval(), kShortestInterval);
    }
    wake_.notify_all();
    if (stopped || (polled && !usage)) return;
    if (failed) {
        failing_.insert(asked.source());
    } else {
        failing_.erase(asked.source());
    }
    if (!usage) return;
    publish(followed, name, std::move(*usage));
    lock.unlock();
    onChange_();
    lock.lock();
}

// Tells the account what it is asked for, and reads on where it is due or made anew; true where it did.
bool UsagePoller::advance(Followed& followed, const Asked& asked, bool isDue) const {
    auto& account = followed.account;
    const Instant now = clock_.now();
    const bool serves = account && account->serves(*asked.policy, asked.wanted) && !account->isAheadOf(now);
    if (!serves) {
        account.emplace(
            *asked.policy,
            [this](const api::PrometheusUsage& source, Instant to, Duration span) {
                return read_(source, to, span, stop_.get_token());
            },
            now, asked.wanted);
    }
    account->want(asked.wanted);
    if (serves && !isDue) return false;
    account->advance(clock_.now());
    return true;
}

// Unless the policy was let go, or is followed anew, meanwhile.
void UsagePoller::publish(const std::shared_ptr<Followed>& followed, const std::string& policy, PolicyUsage usage) {
    const auto found = followed_.find(policy);
    if (found == followed_.end() || found->second != followed) return;
    auto next = std::make_shared<UsageByPolicy>(*published_);
    (*next)[policy] = std::move(usage);
    published_ = std::move(next);
}

}  // namespace bursar::usage
