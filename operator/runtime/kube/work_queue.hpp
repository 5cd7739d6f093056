// A work queue for controllers: a key is queued once, is never handled by two workers at a time, is queued again if it
// was added while it was handled, and waits longer after each failure.
//
// Thread-safe. Time comes from the caller's clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/mutex.hpp"

namespace bursar::kube {

// Counts what happens in a queue. Called while the queue is locked: must neither block nor call the queue.
class QueueObserver {
  public:
    virtual ~QueueObserver() = default;
    virtual void added() = 0;                                   // a key was queued that was not queued before
    virtual void retried() = 0;                                 // a key was queued after a failure
    virtual void started(std::chrono::nanoseconds waited) = 0;  // since the key was due
    virtual void finished(std::chrono::nanoseconds worked) = 0;
    virtual void depth(std::size_t keys) = 0;  // queued now, including those that wait for a retry
};

class WorkQueue {
  public:
    // `observer` may be null.
    explicit WorkQueue(const Clock& clock, BackoffPolicy backoff = {}, std::shared_ptr<QueueObserver> observer = {});

    // Queue now; an earlier time wins over a later one already queued.
    void add(const std::string& key);
    void addAfter(const std::string& key, std::chrono::milliseconds delay);
    // After a failure: queues the key after its backoff. The jitter is derived from the key, so tests are
    // deterministic.
    void addRateLimited(const std::string& key);
    // The key succeeded: resets its backoff.
    void forget(const std::string& key);

    // Blocks until a key is due. Empty after stop(). The caller must call done() with the key.
    std::optional<std::string> next();
    void done(const std::string& key);

    void stop();
    [[nodiscard]] std::size_t size() const;

  private:
    using TimePoint = std::chrono::steady_clock::time_point;
    void addAtLocked(const std::string& key, TimePoint at) REQUIRES(mutex_);
    // True if the key was not queued before.
    bool queueLocked(const std::string& key, TimePoint at) REQUIRES(mutex_);
    std::optional<std::string> popDueLocked(TimePoint now) REQUIRES(mutex_);

    // Constant after construction.
    const Clock& clock_;
    const BackoffPolicy backoff_;
    const std::shared_ptr<QueueObserver> observer_;

    mutable Mutex mutex_;
    std::condition_variable_any wake_;
    std::set<std::pair<TimePoint, std::string>> due_ GUARDED_BY(mutex_);
    std::unordered_map<std::string, TimePoint> queuedAt_ GUARDED_BY(mutex_);
    std::unordered_map<std::string, TimePoint> running_ GUARDED_BY(mutex_);  // since when
    std::unordered_map<std::string, TimePoint> again_ GUARDED_BY(mutex_);    // added while running
    std::unordered_map<std::string, Duration> delays_ GUARDED_BY(mutex_);    // the backoff after the last failure
    bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace bursar::kube
