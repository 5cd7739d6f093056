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

// Who asks, of what, under which rules.
struct Asker {
    const api::Borrowing* rules = nullptr;
    const PromiseBook* book = nullptr;
    Lendable lendable;
    std::size_t pool = 0;
    std::string team;
    api::Tokens baseline;  // of the team in the pool
    std::string_view reason;
    Instant created;
    Instant now;
};

// The first rule that `ask` breaks; None where it would be approved.
LoanRule firstBroken(const Asker& asker, const Ask& ask);

// How `ask` breaks `rule`, for the person who asked.
std::string explain(LoanRule rule, const Asker& asker, const Ask& ask);

// The most that may be had over that span as far as amounts go; other rules may still refuse it.
std::int64_t largestAmount(const Asker& asker, const TimeWindow& span);

// The earliest start, from the one asked for on, at which all of `ask` would be approved. Nothing where none would.
std::optional<Instant> earliestStart(const Asker& asker, const Ask& ask);

}  // namespace bursar::treasury
