// Closes the statements of one policy when they are due, once and for good. Without threads or time of its own.
//
// Flow of keep(): of every planning period that is over, recorded to its end and past its grace (`closeAfter`), oldest
// first: make the statement, keep its bytes, then fix their SHA-256 on the metering chain. A crash between the two
// leaves bytes that are kept; they are what is fixed then, whatever prices say by that time. Guarantees: a day is
// charged by one statement, also where the policy changes between months and quarters: a statement begins where the one
// before it ended. What is closed is never written again; a price that is corrected later is a correction in the next.
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
#include "controllers/treasury/statement.hpp"

namespace bursar::reconcile {

class StatementCloser {
  public:
    // True where nothing is left to do now; false where the ledger could not be read or written: the chain must be read
    // again. `record` is what the policy's chain of windows says: forecasts are held against actuals from it.
    bool keep(ledger::Ledger& ledger, const WindowRecorder::Policy& policy, ledger::MeteringChain& chain,
              const PolicyRecord& record, Instant now);

    [[nodiscard]] const PolicyStatements& statements() const { return statements_; }

  private:
    bool closeNext(ledger::Ledger& ledger, const api::AllocationPolicy& policy, ledger::MeteringChain& chain,
                   const PolicyRecord& record, const treasury::PlanningPeriod& period);
    Result<std::string> bodyOf(ledger::Ledger& ledger, const api::AllocationPolicy& policy,
                               const ledger::MeteringChain& chain, const PolicyRecord& record,
                               const treasury::PlanningPeriod& period);
    bool learn(ledger::Ledger& ledger, const std::string& policy, const ledger::MeteringChain& chain);
    bool fail(const Error& error);

    PolicyStatements statements_;
    std::map<std::string, ClosedStatement> known_;  // by period
};

}  // namespace bursar::reconcile
