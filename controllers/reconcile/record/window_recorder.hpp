// Records the closed windows of one policy on its chain in the ledger. Has no thread and no clock of its own.
//
// Flow of update(): read the ledger, unless that was done and nothing failed since; mark where a new pool begins; close
// the windows that the usage source is beyond; commit everything in one step.
// Guarantees: what was read or committed once stays published, whatever fails later; a window is recorded once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"
#include "controllers/reconcile/record/closed_statements.hpp"
#include "controllers/reconcile/record/metering_recorder.hpp"
#include "controllers/reconcile/record/pending_windows.hpp"

namespace bursar::reconcile {

using Periods = std::map<treasury::RecordKey, std::vector<treasury::PeriodRecord>>;

// The record of a policy, as far as it was read.
struct PolicyRecord {
    bool tried = false;                                          // reading the ledger was tried
    bool known = false;                                          // reading it succeeded once
    std::shared_ptr<const Periods> periods;                      // closed ones; null until it is known
    std::shared_ptr<const treasury::RecentBaselines> baselines;  // null until it is known
    std::map<std::string, Instant> recordedUntil;                // by pool
    std::string problem;                                         // of the ledger; empty when all is well
    Metering metering;                                           // filled by the LedgerRecorder, as is the next
    PolicyStatements statements;
};

class WindowRecorder {
  public:
    using Policy = std::shared_ptr<const api::AllocationPolicy>;
    // Closes the windows of `pool` in `span`: treasury::closeWindows with the current usage and standings.
    using Close = std::function<std::vector<treasury::PoolTally>(const api::Pool&, const treasury::TimeWindow& span)>;

    // True if the ledger is up to date with the given usage. False if it could not be read or written: call again,
    // after a while, or at once after a Conflict.
    bool update(ledger::Ledger& ledger, const Policy& policy, const Close& close, Instant now);

    [[nodiscard]] const PolicyRecord& record() const { return record_; }
    // To be called after a failure: update() reads the chain again. What was published stays. Always false.
    bool fail(const Error& error);

  private:
    bool load(ledger::Ledger& ledger, const Policy& policy);
    bool appendDue(const api::AllocationPolicy& policy, const Close& close, Instant now);
    void publish(const Policy& policy);

    std::optional<ledger::Chain> chain_;  // as stored; absent if it has to be read (again)
    PolicyRecord record_;
    Policy publishedFor_;
    std::map<std::string, Instant> publishedMonths_;  // by pool, of `recordedUntil`
};

}  // namespace bursar::reconcile
