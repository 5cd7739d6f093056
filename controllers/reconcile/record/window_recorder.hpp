// The books of one policy: its chain in the ledger, and what is due to be appended. Without threads or time of its own.
//
// Flow of keep(): read the ledger where that was not done (or something failed since), mark where a new pool begins,
// close what the usage source is beyond, commit everything as one step.
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

// What is known of a policy's record.
struct PolicyRecord {
    bool tried = false;                            // the ledger was asked
    bool known = false;                            // and has answered once
    std::shared_ptr<const Periods> periods;        // closed ones; null until it is known
    std::map<std::string, Instant> recordedUntil;  // by pool
    std::string problem;                           // of the ledger; empty when all is well
    Metering metering;                             // the LedgerRecorder's to fill, as the next: it keeps all three
    PolicyStatements statements;
};

class WindowRecorder {
  public:
    using Policy = std::shared_ptr<const api::AllocationPolicy>;
    // Closes the windows of `pool` in `span`: treasury::closeWindows with what is known now.
    using Close = std::function<std::vector<treasury::PoolTally>(const api::Pool&, const treasury::TimeWindow& span)>;

    // True where the ledger now says what the caller's world does; false where it could not be read or written: call
    // again, after a while, and at once after a Conflict.
    bool keep(ledger::Ledger& ledger, const Policy& policy, const Close& close, Instant now);

    [[nodiscard]] const PolicyRecord& record() const { return record_; }
    // What is stored is not known any more: keep() reads it again. What was published stays. Always false.
    bool fail(const Error& error);

  private:
    bool load(ledger::Ledger& ledger, const Policy& policy);
    bool appendDue(const api::AllocationPolicy& policy, const Close& close, Instant now);
    void publish(const Policy& policy);

    std::optional<ledger::Chain> chain_;  // as stored; absent when that is not known
    PolicyRecord record_;
    Policy publishedFor_;
    std::map<std::string, Instant> publishedMonths_;  // by pool, of `recordedUntil`
};

}  // namespace bursar::reconcile
