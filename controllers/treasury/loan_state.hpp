// The state of a loan, from its spec and its status alone. Pure.
#pragma once

#include "controllers/api/burst_loan.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

// When a loan begins and ends by its spec. It begins no earlier than it was decided; without a start, it begins then.
TimeWindow activeSpan(const api::BurstLoan& loan, Instant decidedAt);

// An edit of a loan that has not begun is a new request. An active loan can only be edited to end earlier, which needs
// no decision.
bool isEdited(const api::BurstLoan& loan);

// It is to be decided.
bool isOpen(const api::BurstLoan& loan);

// It was approved and was not edited since. The next two functions are for such loans only.
bool isPromised(const api::BurstLoan& loan);

// When it is or was active: until its end, its return or its deletion.
TimeWindow promisedSpan(const api::BurstLoan& loan, Instant now);
api::LoanPhase promisedPhase(const api::BurstLoan& loan, Instant now);

// It was decided, and it will lend nothing from now on.
bool isOver(const api::BurstLoan& loan, Instant now);

}  // namespace bursar::treasury
