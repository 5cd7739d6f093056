// The metering of one policy: its chain of metered days in the ledger, and what is due to be appended. Without threads
// or time of its own; a sibling of WindowRecorder.
//
// Flow of keep(): read the ledger where that was not done (or something failed since), begin with the open day, append
// the days the usage source is beyond, drop days nobody needs any more, commit everything as one step. Guarantees: a
// day is recorded once, and none is left out; what was read or committed once stays published, whatever fails later.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controllers/ledger/ledger.hpp"
#include "controllers/treasury/usage_sums.hpp"
#include "controllers/usage/policy_account.hpp"

namespace bursar::reconcile {

// What is known of a policy's metering.
struct Metering {
    bool known = false;                                 // the ledger has answered once
    std::optional<Instant> since;                       // the first day that is still there
    std::optional<Instant> meteredUntil;                // the end of the last day that is recorded
    std::shared_ptr<const treasury::UsageSums> toDate;  // recorded days of the open planning period; null until known
    std::string problem;                                // of the ledger; empty when all is well

    bool operator==(const Metering&) const = default;
};

class MeteringRecorder {
  public:
    using Policy = std::shared_ptr<const api::AllocationPolicy>;
    // A metered day with who pays, what loans drew, and the reserves: PendingDays::complete with what is known now.
    using Complete = std::function<treasury::MeteredDay(const treasury::MeteredDay&)>;

    // True where the ledger now says what the caller's world does; false where it could not be read or written: call
    // again, after a while, and at once after a Conflict. Days before the planning period that closed last are dropped,
    // but none from `keepFrom` on.
    bool keep(ledger::Ledger& ledger, const Policy& policy, const usage::MeteredDays& days, const Complete& complete,
              Instant now, std::optional<Instant> keepFrom);

    [[nodiscard]] const Metering& metering() const { return metering_; }
    // The chain as it is stored, for who has more to commit to it after keep(); null where that is not known.
    [[nodiscard]] ledger::MeteringChain* chain() { return chain_ ? &*chain_ : nullptr; }
    // What is stored is not known any more, as a commit failed: keep() reads it again. What was published stays.
    void fail(const Error& error);

  private:
    bool load(ledger::Ledger& ledger, const Policy& policy, Instant now);
    bool appendDue(const usage::MeteredDays& days, const Complete& complete);
    void publish(const Policy& policy, Instant now);

    std::optional<ledger::MeteringChain> chain_;  // as stored; absent when that is not known
    Metering metering_;
    Policy publishedFor_;
};

}  // namespace bursar::reconcile
