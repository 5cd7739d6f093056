// The burst pool: which loans are granted, what is promised to whom in which budget window, what was drawn. Pure.
//
// Source of the rules and of their order: docs/design.md §3. An approved loan is a promise that its status holds; what is
// decided here only adds to the promises there are, and curtails the newest where policy has shrunk the pool.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/burst_loan.hpp"
#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

enum class LoanRule {
    None,
    InvalidInterval,
    ReasonTooShort,
    TooLong,
    TooLittleNotice,
    OverLoanLimit,
    OverBorrowingLimit,
    TooManyActive,
    CoolingDown,
    PoolExhausted,
};

std::string_view toString(LoanRule rule);

// A loan with what is needed to decide it.
struct LoanRequest {
    const api::BurstLoan* loan = nullptr;
    std::size_t pool = 0;  // index into the pools given
    std::string team;
    api::Tokens baseline;  // of the team in the pool
    api::Tokens consumed;  // by the team in the current window
    // By the team in the current window while this loan was active; absent where the usage source has not told yet.
    std::optional<api::Tokens> usedWhileActive;
};

// What a pool has to lend, in every budget window.
struct Lendable {
    api::BudgetWindow window = api::BudgetWindow::Day;
    api::Tokens tokens;         // B + unallocated
    api::TokensPerMinute rate;  // floor(R · burstPercent / 100)
};

struct LoanOutcome {
    api::LoanPhase phase = api::LoanPhase::Pending;
    api::Tokens granted;
    api::TokensPerMinute grantedRate;
    api::Tokens drawn;  // in the current window, or in the window in which it ended
    Instant decidedAt{};
    Instant effectiveStart{};
    Instant effectiveEnd{};
    api::Tokens curtailed;  // taken back because the pool shrank
    api::BackToBaseline backToBaseline = api::BackToBaseline::Unknown;
    LoanRule rule = LoanRule::None;
    std::string message;  // for the person who asked
    std::optional<api::Tokens> largestApprovable;
    std::optional<Instant> earliestStart;
};

struct PoolLoans {
    api::Tokens lent;      // by loans active now
    api::Tokens promised;  // in the current window: lent, still to begin in it, and drawn by those that ended
    api::Tokens drawn;     // in the current window
};

struct PolicyLoans {
    std::vector<LoanOutcome> outcomes;  // in the order of the requests given
    std::vector<PoolLoans> pools;       // in the order of the pools given
};

// All loans of one policy: cooldown and the number of active loans look at all pools of a team. `requests` in any order;
// a loan counts as created at `now` where it has no creation time.
PolicyLoans decideLoans(const api::Borrowing& rules, const std::vector<Lendable>& pools,
                        const std::vector<LoanRequest>& requests, Instant now);

// When a loan begins and ends: never before it was decided, and where it was returned early, then.
TimeWindow activeSpan(const api::BurstLoan& loan, Instant decidedAt);

}  // namespace bursar::treasury
