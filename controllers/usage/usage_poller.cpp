#include "controllers/usage/usage_poller.hpp"

#include <algorithm>

namespace bursar::usage {
namespace {

constexpr Duration kIdle = std::chrono::seconds{60};
constexpr Duration kAfterException = std::chrono::seconds{15};
constexpr Duration kShortestInterval = std::chrono::milliseconds{200};

}  // namespace

UsagePoller::UsagePoller(const Clock& clock, std::function<void()> onChange,
                         std::function<void(const std::string&)> onError, Open open, OnException onException)
    : clock_(clock),
      onChange_(std::move(onChange)),
      onError_(std::move(onError)),
      open_(std::move(open)),
      onException_(std::move(onException)) {}

UsagePoller::~UsagePoller() { stop(); }

void UsagePoller::stop() {
    stop_.request_stop();
    readers_.clear();  // joins them
}

void UsagePoller::follow(const std::vector<std::shared_ptr<const api::AllocationPolicy>>& policies,
                         const std::map<std::string, Wanted>& wanted) {
    std::map<std::string, std::shared_ptr<Followed>> next;
    std::set<std::string> endpoints;
    const MutexLock lock{mutex_};
    for (const auto& policy : policies) {
        if (!policy->errors.empty()) continue;
        auto source = sourceOf(*policy);
        if (!source) continue;
        const std::string& name = policy->meta.name;
        const auto found = wanted.find(name);
        Job job{policy, std::move(source), found == wanted.end() ? Wanted{} : found->second};
        endpoints.insert(job.endpoint());
        const auto known = followed_.find(name);
        auto& followed = next[name] = known == followed_.end() ? std::make_shared<Followed>() : known->second;
        if (followed->job == job) continue;
        followed->job = std::move(job);
        followed->changed = true;
        ++revision_;
    }
    auto published = std::make_shared<UsageByPolicy>(*published_);
    if (std::erase_if(*published, [&](const auto& entry) { return !next.contains(entry.first); }) > 0) {
        published_ = std::move(published);
    }
    std::erase_if(failing_, [&](const std::string& endpoint) { return !endpoints.contains(endpoint); });
    followed_ = std::move(next);
    endpoints_ = endpoints.size();
    while (readers_.size() < std::min(endpoints_, kMostReaders) && !stop_.stop_requested()) {
        readers_.emplace_back([this] { keepRunning(stop_.get_token(), onException_, [this] { run(); }); });
    }
    wake_.notify_all();
}

// The known source of the policy while its settings stay, otherwise a new one.
std::shared_ptr<UsageSource> UsagePoller::sourceOf(const api::AllocationPolicy& policy) const {
    const auto known = followed_.find(policy.meta.name);
    if (known != followed_.end() && known->second->job.source->isFor(policy)) return known->second->job.source;
    return open_(policy);
}

std::shared_ptr<const UsageByPolicy> UsagePoller::snapshot() const {
    const MutexLock lock{mutex_};
    return published_;
}

void UsagePoller::run() {
    const std::stop_token stop = stop_.get_token();
    MutexLock lock{mutex_};
    while (!stop.stop_requested()) {
        Duration wait = kIdle;
        const auto due = nextDue(wait);
        if (!due) {
            const auto isNew = [this, seen = revision_]() REQUIRES(mutex_) { return revision_ != seen; };
            wake_.wait_for(lock, stop, wait, isNew);
            continue;
        }
        const Turn turn = begin(due);
        lock.unlock();
        Outcome outcome = readGuarded(turn);
        lock.lock();
        if (!end(turn, std::move(outcome))) continue;
        lock.unlock();
        onChange_();
        lock.lock();
    }
}

// The policy that has been due longest and whose endpoint has a reader to spare. Null if there is none; `wait` is then
// the time until one is due.
std::shared_ptr<UsagePoller::Followed> UsagePoller::nextDue(Duration& wait) const {
    std::shared_ptr<Followed> longest;
    const auto now = clock_.steadyNow();
    for (const auto& [name, followed] : followed_) {
        // The reader that is busy with it wakes the others when it ends.
        if (followed->isRead || !hasReader(followed->job.endpoint())) continue;
        if (!followed->changed && followed->due > now) {
            wait = std::min(wait, std::chrono::ceil<Duration>(followed->due - now));
        } else if (!longest || followed->due < longest->due) {
            longest = followed;
        }
    }
    return longest;
}

// True if a free reader may read this endpoint now.
bool UsagePoller::hasReader(const std::string& endpoint) const {
    if (beingRead_.contains(endpoint)) return false;
    if (!failing_.contains(endpoint) || endpoints_ <= kMostReaders) return true;
    std::size_t onFailing = 0;
    for (const std::string& read : beingRead_) onFailing += failing_.contains(read) ? 1 : 0;
    return onFailing + 1 < kMostReaders;
}

UsagePoller::Turn UsagePoller::begin(const std::shared_ptr<Followed>& followed) {
    followed->isRead = true;
    followed->changed = false;
    beingRead_.insert(followed->job.endpoint());
    return {followed, followed->job, followed->due <= clock_.steadyNow()};
}

// An exception is a failure of this policy's read, and of no other.
UsagePoller::Outcome UsagePoller::readGuarded(const Turn& turn) const {
    auto outcome = guarded(onException_, [&]() -> Result<Outcome> { return read(turn); });
    if (outcome) return std::move(*outcome);
    turn.followed->account.reset();  // it may be incomplete: the next read starts from a new one
    if (!stop_.stop_requested() && onError_) onError_(turn.job.policy->meta.name);
    return {true, std::nullopt};
}

UsagePoller::Outcome UsagePoller::read(const Turn& turn) const {
    if (!advance(*turn.followed, turn.job, turn.isDue)) return {};
    if (stop_.stop_requested()) return {true, std::nullopt};  // the account's problem is only that it was cancelled
    const PolicyAccount& account = *turn.followed->account;
    if (!account.problem().empty() && onError_) onError_(turn.job.policy->meta.name);
    return {true, account.snapshot()};
}

// Updates the account's settings, and reads on if it is due or new; true if it read.
bool UsagePoller::advance(Followed& followed, const Job& job, bool isDue) const {
    auto& account = followed.account;
    const Instant now = clock_.now();
    const bool serves = account && account->serves(*job.policy, job.wanted) && !account->isAheadOf(now);
    if (!serves) account.emplace(*job.policy, job.source, now, job.wanted);
    account->want(job.wanted);
    if (serves && !isDue) return false;
    account->advance(clock_.now(), stop_.get_token());
    return true;
}

// True if it published the usage.
bool UsagePoller::end(const Turn& turn, Outcome outcome) {
    Followed& followed = *turn.followed;
    followed.isRead = false;
    beingRead_.erase(turn.job.endpoint());
    ++revision_;
    if (outcome.wasRead) {
        followed.due = clock_.steadyNow();
        if (!followed.account) {
            followed.due += kAfterException;
            failing_.insert(turn.job.endpoint());
        } else if (followed.account->hasCaughtUp()) {
            followed.due += std::max(followed.account->pollInterval(), kShortestInterval);
        }
    }
    wake_.notify_all();
    if (!outcome.usage) return false;
    if (outcome.usage->problem.empty()) {
        failing_.erase(turn.job.endpoint());
    } else {
        failing_.insert(turn.job.endpoint());
    }
    publish(turn, std::move(*outcome.usage));
    return true;
}

// Does nothing if follow() has dropped or replaced the policy meanwhile.
void UsagePoller::publish(const Turn& turn, PolicyUsage usage) {
    const std::string& policy = turn.job.policy->meta.name;
    const auto found = followed_.find(policy);
    if (found == followed_.end() || found->second != turn.followed) return;
    auto next = std::make_shared<UsageByPolicy>(*published_);
    (*next)[policy] = std::move(usage);
    published_ = std::move(next);
}

}  // namespace bursar::usage
