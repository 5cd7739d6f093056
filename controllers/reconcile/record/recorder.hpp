// Keeps the record of closed periods of every policy, beside the reconciler and never in its way.
//
// Flow: the reconciler notes each decision here and goes on; a thread of ours closes the windows the usage source is
// beyond, writes them to the ledger and publishes what the record says now; then it does the same with metered days,
// and closes the statements that are due. A ledger that cannot be read or written is tried again with backoff and
// changes nothing that was published. Threads: one, joined by stop(); the ledger is used by it alone.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "controllers/reconcile/record/pending_days.hpp"
#include "controllers/reconcile/record/statement_closer.hpp"
#include "controllers/reconcile/record/window_recorder.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/usage/policy_account.hpp"
#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"

namespace bursar::reconcile {

using RecordByPolicy = std::map<std::string, PolicyRecord>;

class LedgerRecorder {
  public:
    using Policies = std::vector<std::shared_ptr<const api::AllocationPolicy>>;

    // Called on our thread, and must not block for long: `onChange` when something new is published, and where it is
    // given `onError` with the policy at each attempt that the ledger did not take.
    LedgerRecorder(std::unique_ptr<ledger::Ledger> ledger, const Clock& clock, std::function<void()> onChange,
                   std::function<void(const std::string&)> onError = {}, OnException onException = {});
    ~LedgerRecorder();

    // The policies whose record is to be known; those that cannot be used are passed over.
    void follow(Policies policies);
    // What was decided, for the windows it was decided in, and what the usage sources know of windows that are over.
    void note(const treasury::World& world, const treasury::Decisions& decisions,
              std::shared_ptr<const usage::UsageByPolicy> usage);

    [[nodiscard]] std::shared_ptr<const RecordByPolicy> snapshot() const;
    // True once the ledger was asked for every policy that is followed, whatever it answered.
    [[nodiscard]] bool hasTriedAll() const;
    void stop();

  private:
    struct Books {
        WindowRecorder windows;
        Attempts windowAttempts;
        MeteringRecorder metering;
        Attempts meteringAttempts;
        StatementCloser statements;
        Attempts statementAttempts;
    };
    // What is known of a policy outside of the ledger.
    struct Notes {
        PendingWindows windows;
        PendingDays days;
    };
    void run(const std::stop_token& stop);
    // Does what is due; the time until the next is.
    Duration keepAll(const Policies& policies, const usage::UsageByPolicy& usage);
    void keepWindows(const WindowRecorder::Policy& policy, const treasury::ClosedUsage& usage);
    void keepMetering(const WindowRecorder::Policy& policy, const usage::MeteredDays& days);
    void keepStatements(const WindowRecorder::Policy& policy);
    // What `keep` throws is a failure of this record, and of no other.
    bool keepGuarded(const std::function<bool()>& keep, const std::function<void(const Error&)>& fail) const;
    void settle(const std::string& policy, Attempts& attempts, bool kept, const std::string& problem);
    void publish(const Policies& policies);

    const std::unique_ptr<ledger::Ledger> ledger_;
    const Clock& clock_;
    const std::function<void()> onChange_;
    const std::function<void(const std::string&)> onError_;
    const OnException onException_;

    // Used by the thread only.
    std::map<std::string, Books> books_;  // by policy

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    Policies policies_;
    std::shared_ptr<const usage::UsageByPolicy> usage_ = std::make_shared<usage::UsageByPolicy>();
    std::map<std::string, Notes> notes_;  // by policy
    bool changed_ = false;
    std::shared_ptr<const RecordByPolicy> published_ = std::make_shared<RecordByPolicy>();

    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar::reconcile
