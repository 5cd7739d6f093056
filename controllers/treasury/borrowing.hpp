// Decisions on the loans of one policy: which are approved, what each promises in which budget window, and what was
// drawn. Pure.
//
// Source of the rules and of their order: docs/design.md §3. An approved loan is a promise, stored in its status. A
// decision never breaks a promise, with one exception: if policy shrinks the pool below what is promised, the newest
// loans are curtailed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/burst_loan.hpp"
#include "controllers/treasury/loan_rules.hpp"

namespace bursar::treasury {

// A loan, with the facts that its decision depends on. Amounts are tokens in the current window of the pool.
struct LoanRequest {
    const api::BurstLoan* loan = nullptr;
    std::size_t pool = 0;  // index into the `pools` of decideLoans()
    std::string team;
    api::Tokens baseline;  // of the team in the pool, in tokens per window
    BorrowingBase base;    // the borrowing limit is a share of it
    api::Tokens consumed;  // by the team
    // By the team while this loan was active; absent until the usage source was read.
    std::optional<api::Tokens> usedWhileActive;
    Instant usageCompleteUpTo{};  // consumption before this instant is complete
};

// The decision on one loan. Amounts are tokens per window of the pool.
struct LoanOutcome {
    api::LoanPhase phase = api::LoanPhase::Pending;
    api::Tokens granted;
    api::TokensPerMinute grantedRate;
    api::Tokens drawn;    // in the current window, or in the window in which it ended
    api::Tokens inForce;  // added to the limit of the current window: `granted` while active, `drawn` after the end
    Instant decidedAt{};
    Instant effectiveStart{};
    Instant effectiveEnd{};
    api::Tokens curtailed;  // of what was approved; taken back because the pool shrank
    api::BackToBaseline backToBaseline = api::BackToBaseline::Unknown;
    LoanRule rule = LoanRule::None;
    std::string message;  // for the person who asked
    // What would be approved instead of a denied loan. Computed again with every decision until spec.start, so that the
    // advice stays valid; constant after that. Absent if the request was not read.
    std::optional<api::Tokens> largestApprovable;
    std::optional<Instant> earliestStart;
};

// The loans of one pool, in tokens of the current window.
struct PoolLoans {
    api::Tokens lent;  // to loans that are active now
    // Held by loans that are active, begin in this window, or ended in it. An ended loan holds what it drew, and all it
    // had until that is known.
    api::Tokens promised;
    api::Tokens drawn;
};

struct PolicyLoans {
    std::vector<LoanOutcome> outcomes;  // in the order of the requests given
    std::vector<PoolLoans> pools;       // in the order of the pools given
};

// A team may have so many requests for each approved loan it may have. Only the oldest are read; the others are denied
// unread (TooManyPromised), which bounds what one team can cost the others. Requests that are over do not count.
inline constexpr int kRequestsReadPerPromise = 10;

// Decides all loans of one policy together, since the cooldown and the number of active loans span all pools of a team.
// `requests` in any order. A loan without a creation time counts as created at `now`.
PolicyLoans decideLoans(const api::Borrowing& rules, const std::vector<Lendable>& pools,
                        const std::vector<LoanRequest>& requests, Instant now);

// "50 tokens would be approved; as asked from 2026-12-02T00:00:00Z on"; empty if nothing would be approved, or the loan
// is not denied.
std::string hintSentence(const LoanOutcome& outcome);

}  // namespace bursar::treasury
