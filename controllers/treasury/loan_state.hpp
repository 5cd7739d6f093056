// Where a loan is on its way, from its spec and its status alone. Pure.
#pragma once

#include "controllers/api/burst_loan.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

// When a loan is active by its spec: never before it was decided, and without a start from the decision on.
TimeWindow activeSpan(const api::BurstLoan& loan, Instant decidedAt);

// The spec was changed since it was decided, before the loan began: a new request. An active loan may only end earlier,
// which needs no decision.
bool isEdited(const api::BurstLoan& loan);

// It is to be decided.
bool isOpen(const api::BurstLoan& loan);

// It was approved, and stands as it was approved. The next two are for such loans.
bool isPromised(const api::BurstLoan& loan);

// When it is, or was, active: until it was returned, or deleted.
TimeWindow promisedSpan(const api::BurstLoan& loan, Instant now);
api::LoanPhase promisedPhase(const api::BurstLoan& loan, Instant now);

// It was decided, and nothing can come of it any longer.
bool isOver(const api::BurstLoan& loan, Instant now);

}  // namespace bursar::treasury
