// A work queue as controllers need it: a key is queued once, is never handled by two workers at a time, comes back when
// it was added during its handling, and waits longer each time it fails.
//
// Thread-safe. Time is the caller's: `WorkQueueState` is the pure state machine (tested by moving time), `WorkQueue`
// adds waiting on a condition variable.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::kube {

// Who counts what happens in a queue. Called with the queue locked: must neither block nor call it back.
class QueueObserver {
  public:
    virtual ~QueueObserver() = default;
    virtual void added() = 0;                                   // a key was queued that was not
    virtual void retried() = 0;                                 // it was, after a failure
    virtual void started(std::chrono::nanoseconds waited) = 0;  // since it was due
    virtual void finished(std::chrono::nanoseconds worked) = 0;
    virtual void depth(std::size_t keys) = 0;  // that are queued now, also those that wait for a retry
};

class WorkQueue {
  public:
    // `observer` may be null.
    explicit WorkQueue(const Clock& clock, BackoffPolicy backoff = {}, std::shared_ptr<QueueObserver> observer = {});

    // Queue now; an earlier time wins over a later one already queued.
    void add(const std::string& key);
    void addAfter(const std::string& key, std::chrono::milliseconds delay);
    // After a failure: exponential backoff per key, with jitter derived from the key so that tests are deterministic.
    void addRateLimited(const std::string& key);
    // The key succeeded: its backoff starts anew.
    void forget(const std::string& key);

    // Blocks until a key is due; nothing once stop() was called. The caller must call done() with the key.
    std::optional<std::string> next();
    void done(const std::string& key);

    void stop();
    [[nodiscard]] std::size_t size() const;

  private:
    using TimePoint = std::chrono::steady_clock::time_point;
    void addAtLocked(const std::string& key, TimePoint at);
    // True where the key was not queued before.
    bool queueLocked(const std::string& key, TimePoint at);
    std::optional<std::string> popDueLocked(TimePoint now);

    // Constant after construction.
    const Clock& clock_;
    const BackoffPolicy backoff_;
    const std::shared_ptr<QueueObserver> observer_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::set<std::pair<TimePoint, std::string>> due_;
    std::unordered_map<std::string, TimePoint> queuedAt_;
    std::unordered_map<std::string, TimePoint> running_;  // since
    std::unordered_map<std::string, TimePoint> again_;    // added while running
    std::unordered_map<std::string, int> failures_;
    bool stopped_ = false;
};

}  // namespace bursar::kube
