// Records the metered days of one policy on its chain in the ledger. Has no thread and no clock of its own, like
// WindowRecorder.
//
// Flow of update(): read the ledger, unless that was done and nothing failed since; begin with the open day; append the
// days that the usage source is beyond; drop days that are not needed; commit everything in one step. Guarantees: a day
// is recorded once, and none is left out; what was read or committed once stays published, whatever fails later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controllers/ledger/ledger.hpp"
#include "controllers/treasury/chargeback/usage_sums.hpp"
#include "controllers/usage/policy_account.hpp"

namespace bursar::reconcile {

// The metering of a policy, as far as it was read.
struct Metering {
    bool known = false;                                 // reading the ledger succeeded once
    std::optional<Instant> since;                       // the first day on the chain
    std::optional<Instant> meteredUntil;                // the end of the last day that is recorded
    std::shared_ptr<const treasury::UsageSums> toDate;  // recorded days of the open planning period; null until known
    std::string problem;                                // of the ledger; empty when all is well

    bool operator==(const Metering&) const = default;
};

class MeteringRecorder {
  public:
    using Policy = std::shared_ptr<const api::AllocationPolicy>;
    // Adds cost centres, the draws of loans and the reserves to a metered day: PendingDays::complete.
    using Complete = std::function<treasury::MeteredDay(const treasury::MeteredDay&)>;

    // True if the ledger is up to date with `days`. False if it could not be read or written: call again, after a
    // while, or at once after a Conflict. Days before the planning period that closed last are dropped, but none from
    // `keepFrom` on.
    bool update(ledger::Ledger& ledger, const Policy& policy, const usage::MeteredDays& days, const Complete& complete,
                Instant now, std::optional<Instant> keepFrom);

    [[nodiscard]] const Metering& metering() const { return metering_; }
    // The chain as stored, for a caller that commits more to it after update(); null if it has to be read (again).
    [[nodiscard]] ledger::MeteringChain* chain() { return chain_ ? &*chain_ : nullptr; }
    // To be called after a failed commit: update() reads the chain again. What was published stays.
    void fail(const Error& error);

  private:
    bool load(ledger::Ledger& ledger, const Policy& policy, Instant now);
    bool appendDue(const usage::MeteredDays& days, const Complete& complete);
    void publish(const Policy& policy, Instant now);

    std::optional<ledger::MeteringChain> chain_;  // as stored; absent if it has to be read (again)
    Metering metering_;
    Policy publishedFor_;
};

}  // namespace bursar::reconcile
