// The burst pool: which loans are granted, what is promised to whom in which budget window, what was drawn. Pure.
//
// Source of the rules and of their order: docs/design.md §3. An approved loan is a promise that its status holds; what
// is decided here only adds to the promises there are, and curtails the newest where policy has shrunk the pool.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/burst_loan.hpp"
#include "controllers/treasury/loan_rules.hpp"

namespace bursar::treasury {

// A loan with what is needed to decide it.
struct LoanRequest {
    const api::BurstLoan* loan = nullptr;
    std::size_t pool = 0;  // index into the pools given
    std::string team;
    api::Tokens baseline;  // of the team in the pool
    BorrowingBase base;    // what the borrowing limit is a share of
    api::Tokens consumed;  // by the team in the current window
    // By the team in the current window while this loan was active; absent where the usage source has not told yet.
    std::optional<api::Tokens> usedWhileActive;
    Instant usageCompleteUpTo{};  // what was used before this is known to the token
};

struct LoanOutcome {
    api::LoanPhase phase = api::LoanPhase::Pending;
    api::Tokens granted;
    api::TokensPerMinute grantedRate;
    api::Tokens drawn;    // in the current window, or in the window in which it ended
    api::Tokens inForce;  // what it adds to the limit of the current window: granted while active, then what was drawn
    Instant decidedAt{};
    Instant effectiveStart{};
    Instant effectiveEnd{};
    api::Tokens curtailed;  // taken back because the pool shrank
    api::BackToBaseline backToBaseline = api::BackToBaseline::Unknown;
    LoanRule rule = LoanRule::None;
    std::string message;  // for the person who asked
    // Of a denial, what would be approved instead. Current while the start asked for lies ahead; after that it is what
    // it was. Absent where the request was not read.
    std::optional<api::Tokens> largestApprovable;
    std::optional<Instant> earliestStart;
};

struct PoolLoans {
    api::Tokens lent;  // by loans active now
    // In the current window: lent, still to begin in it, and drawn by those that ended (all they had, until it is known
    // what they drew).
    api::Tokens promised;
    api::Tokens drawn;  // in the current window
};

struct PolicyLoans {
    std::vector<LoanOutcome> outcomes;  // in the order of the requests given
    std::vector<PoolLoans> pools;       // in the order of the pools given
};

// For each approved loan a team may have, so many of its requests are read: the oldest. The others are refused unread
// (TooManyPromised), so that a team costs others no more than that. Requests that are over do not count.
inline constexpr int kRequestsReadPerPromise = 10;

// All loans of one policy: cooldown and the number of active loans look at all pools of a team. `requests` in any
// order; a loan counts as created at `now` where it has no creation time.
PolicyLoans decideLoans(const api::Borrowing& rules, const std::vector<Lendable>& pools,
                        const std::vector<LoanRequest>& requests, Instant now);

// "50 tokens would be approved; as asked from 2026-12-02T00:00:00Z on"; empty where nothing would be.
std::string hintSentence(const LoanOutcome& outcome);

}  // namespace bursar::treasury
