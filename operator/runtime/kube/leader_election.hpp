// Leader election: of several replicas, one holds a Lease and renews it, as client-go does.
//
// Guarantees: at most one candidate leads. A leader stops if it could not renew for `renewDeadline`, counted from just
// before it sent its last renewal; another takes over `leaseDuration` after it saw that renewal, or at once if the
// lease was released. Writes of the lease carry the resourceVersion that was read, so of two candidates one gets
// Conflict. Assumption: the machines' steady clocks run at about the same speed; their readings are never compared.
// Caveat: if the Lease is edited or deleted by hand, there may be two leaders for a retry period.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/fence.hpp"
#include "operator/runtime/kube/lease.hpp"

namespace bursar::kube {

struct ElectionOptions {
    std::string ns;
    std::string name;
    std::string identity;  // unique to this run of the process
    Duration leaseDuration = std::chrono::seconds{15};
    Duration renewDeadline = std::chrono::seconds{10};
    Duration retryPeriod = std::chrono::seconds{2};  // a candidate looks twice as often
};

// InvalidArgument if the durations do not fit together.
Result<void> checkElection(const ElectionOptions& options);

enum class Standing {
    Candidate,
    Leader,
    Deposed,  // final: a process leads at most once
};

// The election without thread and waiting, one step at a time. Not thread-safe.
class Election {
  public:
    // `client` writes the lease itself, so it must be one without a fence.
    Election(std::shared_ptr<Client> client, const Clock& clock, ElectionOptions options, std::shared_ptr<Fence> fence);

    // Reads the lease, and creates, takes or renews it when that is due. An error leaves the standing as it was until
    // the term is over. A Conflict is not an error: another candidate was faster.
    Result<void> step();
    // Releases the lease if it is ours, so that another candidate can take it at once.
    Result<void> release();

    [[nodiscard]] Standing standing() const;
    // How long to wait before the next step.
    [[nodiscard]] Duration pause() const;
    // The holder of the lease as far as we know; empty if there is none.
    [[nodiscard]] std::string holder() const;

  private:
    Result<void> claim(LeaseAction action, Fence::TimePoint asked);

    const std::shared_ptr<Client> client_;
    const Clock& clock_;
    const ElectionOptions options_;
    const std::shared_ptr<Fence> fence_;
    Json stored_;  // the lease as last read or written
    LeaseSeen seen_;
    bool elected_ = false;
};

// Called on the election's thread.
struct ElectionListener {
    std::function<void(const std::string& holder)> onHolder;  // the holder has changed, perhaps to us; empty: none
    std::function<void(const Error&)> onError;
    OnException onException = {};  // a look that throws is one that failed
};

// Runs an Election. Thread-safe. Threads: one, joined by stop().
class LeaderElector {
  public:
    LeaderElector(std::shared_ptr<Client> client, const Clock& clock, const ElectionOptions& options,
                  std::shared_ptr<Fence> fence, ElectionListener listener);
    ~LeaderElector();

    [[nodiscard]] Standing standing() const;
    // Blocks while the standing is `standing`; returns the new one, or the same if a stop was requested. Returns at a
    // leader's deadline even if the election's thread waits for the API server.
    Standing waitWhile(Standing standing, const std::stop_token& stop);
    // Ends the election. `release` releases the lease; only for a replica that has stopped writing.
    Result<void> stop(bool release);

  private:
    void run(const std::stop_token& stop);
    Standing standingLocked() const REQUIRES(mutex_);

    const Clock& clock_;
    const std::shared_ptr<Fence> fence_;
    const ElectionListener listener_;

    Election election_;  // used by the thread only, and by stop() after the thread ended

    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    Standing standing_ GUARDED_BY(mutex_) = Standing::Candidate;

    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar::kube
