// Closes the statements of one policy when they are due, once and for good. Has no thread and no clock of its own.
//
// Flow of closeDue(), for every planning period that is over, recorded to its end and past its grace (`closeAfter`),
// oldest first: compose the statement, store its bytes, then put their SHA-256 on the metering chain. After a crash
// between the last two steps the stored bytes are used, whatever the prices are by then. Guarantees: each day is
// charged by one statement, also if the policy changes between months and quarters, because a statement begins where
// the one before it ended. A closed statement is never written again; a price that is corrected later becomes a
// correction in the next statement.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"
#include "controllers/reconcile/record/closed_statements.hpp"
#include "controllers/reconcile/record/window_recorder.hpp"
#include "controllers/treasury/chargeback/statement.hpp"

namespace bursar::reconcile {

class StatementCloser {
  public:
    // True if nothing is left to do now. False if the ledger could not be read or written: the chain must be read
    // again. `record` is that of the policy's closed windows: the statement compares forecasts with its actuals.
    bool closeDue(ledger::Ledger& ledger, const WindowRecorder::Policy& policy, ledger::MeteringChain& chain,
                  const PolicyRecord& record, Instant now);

    [[nodiscard]] const PolicyStatements& statements() const { return statements_; }
    // Says what is wrong until keep() comes through. Always false.
    bool fail(const Error& error);

  private:
    bool closeNext(ledger::Ledger& ledger, const api::AllocationPolicy& policy, ledger::MeteringChain& chain,
                   const PolicyRecord& record, const treasury::PlanningPeriod& period);
    Result<std::string> bodyOf(ledger::Ledger& ledger, const api::AllocationPolicy& policy,
                               const ledger::MeteringChain& chain, const PolicyRecord& record,
                               const treasury::PlanningPeriod& period);
    bool learn(ledger::Ledger& ledger, const std::string& policy, const ledger::MeteringChain& chain);

    PolicyStatements statements_;
    std::map<std::string, ClosedStatement> known_;  // by period
};

}  // namespace bursar::reconcile
