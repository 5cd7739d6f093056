#include "operator/runtime/kube/work_queue.hpp"

#include <algorithm>
#include <functional>

namespace bursar::kube {

using std::chrono::milliseconds;

WorkQueue::WorkQueue(const Clock& clock, BackoffPolicy backoff, std::shared_ptr<QueueObserver> observer)
    : clock_(clock), backoff_(backoff), observer_(std::move(observer)) {}

void WorkQueue::addAtLocked(const std::string& key, TimePoint at) {
    if (stopped_) return;
    bool isNew = false;
    if (running_.contains(key)) {
        const auto [entry, first] = again_.try_emplace(key, at);
        if (!first) entry->second = std::min(entry->second, at);
        isNew = first;
    } else {
        isNew = queueLocked(key, at);
    }
    if (isNew && observer_) observer_->added();
}

bool WorkQueue::queueLocked(const std::string& key, TimePoint at) {
    const auto [entry, first] = queuedAt_.try_emplace(key, at);
    if (!first) {
        if (entry->second <= at) return false;
        due_.erase({entry->second, key});
        entry->second = at;
    }
    due_.emplace(at, key);
    if (observer_) observer_->depth(due_.size());
    wake_.notify_one();
    return first;
}

void WorkQueue::add(const std::string& key) {
    const MutexLock lock{mutex_};
    addAtLocked(key, clock_.steadyNow());
}

void WorkQueue::addAfter(const std::string& key, milliseconds delay) {
    const MutexLock lock{mutex_};
    addAtLocked(key, clock_.steadyNow() + delay);
}

void WorkQueue::addRateLimited(const std::string& key) {
    const MutexLock lock{mutex_};
    Duration& delay = delays_[key];
    delay = backoff_.longerThan(delay);
    const auto jitter = static_cast<Duration::rep>(std::hash<std::string>{}(key) % 25);  // percent
    addAtLocked(key, clock_.steadyNow() + delay - delay * jitter / 100);
    if (observer_) observer_->retried();
}

void WorkQueue::forget(const std::string& key) {
    const MutexLock lock{mutex_};
    delays_.erase(key);
}

std::optional<std::string> WorkQueue::popDueLocked(TimePoint now) {
    if (due_.empty() || due_.begin()->first > now) return std::nullopt;
    const TimePoint due = due_.begin()->first;
    std::string key = due_.begin()->second;
    due_.erase(due_.begin());
    queuedAt_.erase(key);
    running_[key] = now;
    if (observer_) {
        observer_->depth(due_.size());
        observer_->started(now - due);
    }
    return key;
}

std::optional<std::string> WorkQueue::next() {
    MutexLock lock{mutex_};
    while (!stopped_) {
        const TimePoint now = clock_.steadyNow();
        if (auto key = popDueLocked(now)) return key;
        if (due_.empty()) {
            wake_.wait(lock);
        } else {
            wake_.wait_for(lock, due_.begin()->first - now);
        }
    }
    return std::nullopt;
}

void WorkQueue::done(const std::string& key) {
    const MutexLock lock{mutex_};
    const auto started = running_.find(key);
    if (started == running_.end()) return;
    if (observer_) observer_->finished(clock_.steadyNow() - started->second);
    running_.erase(started);
    const auto found = again_.find(key);
    if (found == again_.end()) return;
    const TimePoint at = found->second;
    again_.erase(found);
    if (!stopped_) queueLocked(key, at);
}

void WorkQueue::stop() {
    const MutexLock lock{mutex_};
    stopped_ = true;
    wake_.notify_all();
}

std::size_t WorkQueue::size() const {
    const MutexLock lock{mutex_};
    return due_.size();
}

}  // namespace bursar::kube
