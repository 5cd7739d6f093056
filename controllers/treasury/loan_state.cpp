#include "controllers/treasury/loan_state.hpp"

#include <algorithm>

namespace bursar::treasury {

using api::BurstLoan;
using api::LoanPhase;

TimeWindow activeSpan(const BurstLoan& loan, Instant decidedAt) {
    const Instant start = std::max(loan.start.value_or(decidedAt), decidedAt);
    return {start, std::max(start, loan.end)};
}

bool isEdited(const BurstLoan& loan) {
    return loan.record && loan.record->observedGeneration != loan.meta.generation &&
           (loan.record->phase == LoanPhase::Scheduled || loan.record->phase == LoanPhase::Denied);
}

bool isOpen(const BurstLoan& loan) {
    if (loan.deletedAt) return false;
    return !loan.record || loan.record->phase == LoanPhase::Pending || isEdited(loan);
}

bool isPromised(const BurstLoan& loan) {
    if (isOpen(loan) || !loan.record) return false;
    const LoanPhase phase = loan.record->phase;
    return phase == LoanPhase::Scheduled || phase == LoanPhase::Active || phase == LoanPhase::Returned;
}

TimeWindow promisedSpan(const BurstLoan& loan, Instant now) {
    const api::LoanRecord& record = *loan.record;
    TimeWindow span = activeSpan(loan, record.decidedAt);
    if (record.phase == LoanPhase::Returned) {
        // A returned loan lends nothing, even if its status names an end in the future.
        span.end = std::min({span.end, now, record.effectiveEnd.value_or(now)});
    } else if (loan.deletedAt) {
        span.end = std::min(span.end, now);
    }
    return span;
}

LoanPhase promisedPhase(const BurstLoan& loan, Instant now) {
    const api::LoanRecord& record = *loan.record;
    const TimeWindow span = promisedSpan(loan, now);
    if (record.phase == LoanPhase::Returned) return LoanPhase::Returned;
    if (loan.deletedAt && now <= activeSpan(loan, record.decidedAt).start) return LoanPhase::Cancelled;
    if (now < span.start) return LoanPhase::Scheduled;
    return now < span.end ? LoanPhase::Active : LoanPhase::Returned;
}

bool isOver(const BurstLoan& loan, Instant now) {
    if (isOpen(loan)) return false;
    if (!isPromised(loan)) {
        const bool cancelled = loan.record && loan.record->phase == LoanPhase::Cancelled;
        return cancelled || loan.deletedAt || loan.end <= now;
    }
    const LoanPhase phase = promisedPhase(loan, now);
    return phase != LoanPhase::Scheduled && phase != LoanPhase::Active;
}

}  // namespace bursar::treasury
