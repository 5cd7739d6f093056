// Which of several replicas leads: one of them holds a Lease and renews it, as client-go does it.
//
// Guarantees: of several candidates one leads. It stops when it could not renew for `renewDeadline`, counted from
// before its last renewal was sent; another takes over `leaseDuration` after it saw that renewal, or at once where the
// lease was given back. Writes of the lease carry the resourceVersion that was read, so of two candidates one gets
// Conflict. Assumptions: the machines' steady clocks run at about the same speed; what they show is never compared.
// Caveats: whoever edits or deletes the Lease by hand may for a retry period have two leaders.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/fence.hpp"
#include "operator/runtime/kube/lease.hpp"

namespace bursar::kube {

struct ElectionOptions {
    std::string ns;
    std::string name;
    std::string identity;  // of this process, of no other, not even of one before it
    Duration leaseDuration = std::chrono::seconds{15};
    Duration renewDeadline = std::chrono::seconds{10};
    Duration retryPeriod = std::chrono::seconds{2};  // a candidate looks twice as often
};

// InvalidArgument where the durations cannot work together.
Result<void> checkElection(const ElectionOptions& options);

enum class Standing {
    Candidate,
    Leader,
    Deposed,  // for good: a process leads once
};

// The election without thread and waiting: one look at the lease at a time. Not thread-safe.
class Election {
  public:
    // `client` writes the lease itself, so it is not one that asks `fence`.
    Election(std::shared_ptr<Client> client, const Clock& clock, ElectionOptions options, std::shared_ptr<Fence> fence);

    // Looks, and creates, takes or renews the lease where that is due. An error leaves the standing as it was, until
    // the term is over. Conflict is none: somebody else was faster.
    Result<void> step();
    // Gives the lease back, so that another may take it at once. Nothing happens where it is not ours.
    Result<void> release();

    [[nodiscard]] Standing standing() const;
    // When to look again.
    [[nodiscard]] Duration pause() const;
    // Who holds the lease as far as we know; empty where nobody does.
    [[nodiscard]] std::string holder() const;

  private:
    Result<void> claim(LeaseAction action, Fence::TimePoint asked);

    const std::shared_ptr<Client> client_;
    const Clock& clock_;
    const ElectionOptions options_;
    const std::shared_ptr<Fence> fence_;
    Json stored_;  // the lease as it was read or written last
    LeaseSeen seen_;
    bool elected_ = false;
};

// What an election has to tell; called on its thread.
struct ElectionListener {
    std::function<void(const std::string& holder)> onHolder;  // who holds the lease now, perhaps we; empty: nobody
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
    // Blocks while the standing is `standing`; returns the one it is then, or the same where a stop was requested. A
    // leader is told at its deadline, also while the API server holds the thread up.
    Standing waitWhile(Standing standing, const std::stop_token& stop);
    // Ends the election. With `release` the lease is given back; only for whoever writes nothing more.
    Result<void> stop(bool release);

  private:
    void run(const std::stop_token& stop);
    Standing standingLocked() const;

    const Clock& clock_;
    const std::shared_ptr<Fence> fence_;
    const ElectionListener listener_;

    Election election_;  // used by the thread only, and by stop() after it

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    Standing standing_ = Standing::Candidate;

    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar::kube
