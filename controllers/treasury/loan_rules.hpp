// The borrowing rules (docs/design.md §3), in order; the first that is broken is the answer. Pure.
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
// None for a name that is no rule's.
LoanRule loanRuleOf(std::string_view name);

// What a pool has to lend, in every budget window.
struct Lendable {
    api::BudgetWindow window = api::BudgetWindow::Day;
    api::Tokens tokens;         // B + unallocated
    api::TokensPerMinute rate;  // floor(R · burstPercent / 100)
};

// What is asked for. A hint asks for a little less, or a little later, than the loan does.
struct Ask {
    TimeWindow span;
    std::int64_t tokens = 0;
    std::int64_t rate = 0;
};

// What the borrowing limit is a share of: the smaller of the team's baseline now and its mean over the last closed
// windows.
struct BorrowingBase {
    api::Tokens baseline;
    std::int64_t windows = 0;  // closed windows whose mean it is; 0 where it is the baseline now
};

// Who asks, of what, under which rules.
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

// The first rule that `ask` breaks; None where it would be approved.
LoanRule firstBroken(const Asker& asker, const Ask& ask);

// How `ask` breaks `rule`, for the person who asked.
std::string explain(LoanRule rule, const Asker& asker, const Ask& ask);

// The most that may be had over that span as far as amounts go; other rules may still refuse it.
std::int64_t largestAmount(const Asker& asker, const TimeWindow& span);

// So many starts are looked at for one hint: three for each loan of the team that is in the way, one for each time in
// which the pool is exhausted. What would be approved only after more of them is not found.
inline constexpr int kMostHintSteps = 64;

// The earliest start, from the one asked for on, in whole seconds, at which all of `ask` would be approved. Nothing
// where none would, or none is found in kMostHintSteps.
std::optional<Instant> earliestStart(const Asker& asker, const Ask& ask);

}  // namespace bursar::treasury
