// The borrowing rules (docs/design.md §3), in order. The first broken rule is the reason of a denial. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controllers/treasury/promise_book.hpp"

namespace bursar::treasury {

enum class LoanRule {
    None,
    InvalidInterval,
    ReasonTooShort,
    TooLong,
    TooLittleNotice,
    TooFarAhead,
    TooManyPromised,
    OverLoanLimit,
    OverBorrowingLimit,
    TooManyActive,
    CoolingDown,
    PoolExhausted,
};

std::string_view toString(LoanRule rule);
// None for any other name.
LoanRule loanRuleOf(std::string_view name);

// What a pool can lend in every budget window.
struct Lendable {
    api::BudgetWindow window = api::BudgetWindow::Day;
    api::Tokens tokens;         // B + unallocated, in tokens per window
    api::TokensPerMinute rate;  // floor(R · burstPercent / 100)
};

// What a loan asks for. Hints try a smaller amount or a later start.
struct Ask {
    TimeWindow span;
    std::int64_t tokens = 0;  // per window
    std::int64_t rate = 0;    // tokens per minute
};

// The borrowing limit is a share of this: the smaller of the team's baseline now and its mean over the last closed
// windows, in tokens per window.
struct BorrowingBase {
    api::Tokens baseline;
    std::int64_t windows = 0;  // the number of windows in the mean; 0 if it is the baseline now
};

// The borrower, the pool and the rules that apply.
struct Asker {
    const api::Borrowing* rules = nullptr;
    const PromiseBook* book = nullptr;
    Lendable lendable;
    std::size_t pool = 0;
    std::size_t team = 0;
    BorrowingBase base;
    std::string_view reason;
    Instant seen;  // when this request, as it is written now, was first seen
    Instant now;   // whole seconds
};

// The first rule that `ask` breaks; None if it would be approved.
LoanRule firstBroken(const Asker& asker, const Ask& ask);

// How `ask` breaks `rule`, for the person who asked. Empty for None.
std::string explain(LoanRule rule, const Asker& asker, const Ask& ask);

// The most tokens per window that the rules about amounts allow over `span`. Other rules may still deny it.
std::int64_t largestAmount(const Asker& asker, const TimeWindow& span);

// A search for one hint tries at most this many starts. Each loan of the team that is in the way takes up to three, and
// so does each time in which the pool is exhausted, so more are rarely needed.
inline constexpr int kMostHintSteps = 64;

// The earliest start, not before that of `ask`, in whole seconds, at which all of `ask` would be approved. Nothing if
// there is none, or if kMostHintSteps starts did not find it.
std::optional<Instant> earliestStart(const Asker& asker, const Ask& ask);

}  // namespace bursar::treasury
