// Writes the ledger of every policy in the background: closed windows, metered days, statements.
//
// Flow: the reconciler hands over each decision and goes on. Our thread closes the windows that the usage source is
// beyond, writes them to the ledger and publishes what the ledger says now; then it does the same with metered days,
// and closes the statements that are due. If the ledger cannot be read or written, the attempt is repeated with
// backoff, and what was published stays. Threads: one, joined by stop(); only that thread uses the ledger.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controllers/reconcile/record/pending_days.hpp"
#include "controllers/reconcile/record/statement_closer.hpp"
#include "controllers/reconcile/record/window_recorder.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/usage/policy_account.hpp"
#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/worker_loop.hpp"

namespace bursar::reconcile {

using RecordByPolicy = std::map<std::string, PolicyRecord>;

class LedgerRecorder {
  public:
    using Policies = std::vector<std::shared_ptr<const api::AllocationPolicy>>;

    // Both callbacks are called on our thread and must not block for long: `onChange` after something new is published,
    // and, if it is given, `onError` with the policy after each attempt that the ledger refused or did not answer.
    LedgerRecorder(std::unique_ptr<ledger::Ledger> ledger, const Clock& clock, std::function<void()> onChange,
                   std::function<void(const std::string&)> onError = {}, OnException onException = {});
    ~LedgerRecorder();

    // The policies whose ledger is to be read and written; those that cannot be used are skipped.
    void follow(Policies policies);
    // Takes over what was decided, for the windows it was decided in, and what the usage sources know about windows
    // that are over.
    void record(const treasury::World& world, const treasury::Decisions& decisions,
                std::shared_ptr<const usage::UsageByPolicy> usage);

    [[nodiscard]] std::shared_ptr<const RecordByPolicy> snapshot() const;
    // True once the ledger was read, or reading it failed, for every policy that is followed.
    [[nodiscard]] bool hasTriedAll() const;
    void stop();

  private:
    // The recorders of one policy, and when each may try again.
    struct PolicyRecorder {
        WindowRecorder windows;
        Attempts windowAttempts;
        MeteringRecorder metering;
        Attempts meteringAttempts;
        StatementCloser statements;
        Attempts statementAttempts;
    };
    // Decisions about a policy that are not recorded yet.
    struct Pending {
        PendingWindows windows;
        PendingDays days;
    };
    // One turn of the thread: writes what is due; returns the time until the next is.
    Duration recordDue();
    void recordWindows(const WindowRecorder::Policy& policy, const treasury::ClosedUsage& usage);
    void recordMetering(const WindowRecorder::Policy& policy, const usage::MeteredDays& days);
    void closeStatements(const WindowRecorder::Policy& policy);
    // Returns what `update` does. An exception is a failure of this record, and of no other.
    bool updateGuarded(const std::function<bool()>& update, const std::function<void(const Error&)>& fail) const;
    void scheduleNext(const std::string& policy, Attempts& attempts, bool succeeded, const std::string& problem);
    [[nodiscard]] Duration untilNextAttempt() const;
    void publish(const Policies& policies);

    const std::unique_ptr<ledger::Ledger> ledger_;
    const Clock& clock_;
    const std::function<void()> onChange_;
    const std::function<void(const std::string&)> onError_;
    const OnException onException_;

    // Used by the thread only.
    std::map<std::string, PolicyRecorder> recorders_;  // by policy

    mutable Mutex mutex_;
    Policies policies_ GUARDED_BY(mutex_);
    std::shared_ptr<const usage::UsageByPolicy> usage_ GUARDED_BY(mutex_) = std::make_shared<usage::UsageByPolicy>();
    std::map<std::string, Pending> pending_ GUARDED_BY(mutex_);  // by policy
    std::shared_ptr<const RecordByPolicy> published_ GUARDED_BY(mutex_) = std::make_shared<RecordByPolicy>();

    WorkerLoop loop_;  // last: its thread uses everything above
};

}  // namespace bursar::reconcile
