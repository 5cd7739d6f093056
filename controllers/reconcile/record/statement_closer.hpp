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

// The period that is due next of what the chain records, if any is over: the first that ends after the last one closed.
std::optional<treasury::PlanningPeriod> nextToClose(const api::AllocationPolicy& policy,
                                                    const ledger::MeteringChain& chain, Instant now);

// The days the statement of `period` is about: from where the one before it ended.
treasury::TimeWindow daysOf(const treasury::PlanningPeriod& period, const ledger::MeteringChain& chain);

// The closed statement that the one of `period` corrects: the one before it, as long as its days are there.
std::optional<treasury::PlanningPeriod> correctedWith(const treasury::PlanningPeriod& period,
                                                      const ledger::MeteringChain& chain);

// Usage of these days, as the chain records it, ready to be priced.
treasury::UsageSums sumUsage(const api::AllocationPolicy& policy, const ledger::MeteringChain& chain,
                             const treasury::TimeWindow& days);

}  // namespace bursar::reconcile
