#include "controllers/treasury/loan_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/reason_length.hpp"

namespace bursar::treasury {
namespace {

using api::formatThousands;
using api::percentOf;

TimeWindow windows(const Asker& asker, const TimeWindow& span) { return windowsTouched(span, asker.lendable.window); }

std::int64_t loanLimit(const Asker& asker) {
    return percentOf(asker.lendable.tokens.value(), asker.rules->maxPercentOfPool);
}

std::int64_t borrowingLimit(const Asker& asker) {
    return percentOf(asker.base.baseline.value(), asker.rules->maxPercentOfGrant);
}

std::int64_t heldByTeam(const Asker& asker, const Ask& ask) {
    return asker.book->tokensOf(asker.team, asker.pool).peak(windows(asker, ask.span));
}

std::int64_t heldOfPool(const Asker& asker, const Ask& ask) {
    return asker.book->tokens(asker.pool).peak(windows(asker, ask.span));
}

std::int64_t rateHeld(const Asker& asker, const Ask& ask) { return asker.book->rate(asker.pool).peak(ask.span); }

std::int64_t reasonLength(const Asker& asker) { return static_cast<std::int64_t>(visibleCharacters(asker.reason)); }

// A loan of the team that ends less than the cooldown before this one starts; null if there is none.
const Promise* tooRecent(const Asker& asker, const Ask& ask) {
    const Promise* before = asker.book->lastBefore(asker.team, ask.span.start);
    return before != nullptr && ask.span.start - before->span.end < asker.rules->cooldown ? before : nullptr;
}

// A loan of the team that starts less than the cooldown after this one ends; null if there is none.
const Promise* tooSoon(const Asker& asker, const Ask& ask) {
    const Promise* after = asker.book->firstAfter(asker.team, ask.span.end);
    return after != nullptr && after->span.start - ask.span.end < asker.rules->cooldown ? after : nullptr;
}

bool tokensExhausted(const Asker& asker, const Ask& ask) {
    return heldOfPool(asker, ask) + ask.tokens > asker.lendable.tokens.value();
}

std::string sayInterval(const Asker& asker, const Ask& ask) {
    if (ask.span.end > asker.now) {
        return fmt::format("spec.end {} is not after spec.start {}", formatInstant(ask.span.end),
                           formatInstant(ask.span.start));
    }
    return fmt::format("spec.end {} is already past", formatInstant(ask.span.end));
}

std::string sayReason(const Asker& asker, const Ask&) {
    const std::int64_t length = reasonLength(asker);
    const bool allCount = static_cast<std::size_t>(length) == asker.reason.size();
    return fmt::format("spec.reason has {} characters{}; write at least {} about the event", length,
                       allCount ? "" : " that are not blank", asker.rules->minReasonLength);
}

std::string sayLength(const Asker& asker, const Ask& ask) {
    return fmt::format("the loan would last {}; the policy allows {}", formatDuration(ask.span.end - ask.span.start),
                       formatDuration(asker.rules->maxDuration));
}

std::string sayNotice(const Asker& asker, const Ask& ask) {
    return fmt::format("it would start at {}, less than {} after the request was first seen at {}",
                       formatInstant(ask.span.start), formatDuration(asker.rules->minNotice),
                       formatInstant(asker.seen));
}

std::string sayAdvance(const Asker& asker, const Ask& ask) {
    return fmt::format("spec.start {} is more than {} ahead; ask again when it is nearer",
                       formatInstant(ask.span.start), formatDuration(asker.rules->maxAdvance));
}

std::string sayPromised(const Asker& asker, const Ask&) {
    return fmt::format("the team has {} approved loans that have not ended; the policy allows {}",
                       asker.book->unended(asker.team), asker.rules->maxPromisedPerTeam);
}

std::string sayLoanLimit(const Asker& asker, const Ask& ask) {
    return fmt::format("{} tokens is more than one loan may take: {} % of the pool's {} burst tokens, {}",
                       formatThousands(ask.tokens), asker.rules->maxPercentOfPool,
                       formatThousands(asker.lendable.tokens.value()), formatThousands(loanLimit(asker)));
}

std::string sayBorrowingLimit(const Asker& asker, const Ask& ask) {
    const std::int64_t held = heldByTeam(asker, ask);
    const std::string which = asker.base.windows == 0
                                  ? "its baseline"
                                  : fmt::format("its mean baseline in the last {} closed windows", asker.base.windows);
    return fmt::format("with its other loans ({}) the team would borrow {}; the policy allows {} % of {} {}, {}",
                       formatThousands(held), formatThousands(held + ask.tokens), asker.rules->maxPercentOfGrant, which,
                       formatThousands(asker.base.baseline.value()), formatThousands(borrowingLimit(asker)));
}

std::string sayActive(const Asker& asker, const Ask&) {
    return fmt::format("it would overlap {} approved loans of the team; the policy allows no more at once",
                       asker.rules->maxActivePerTeam);
}

std::string sayCooling(const Asker& asker, const Ask& ask) {
    if (const Promise* recent = tooRecent(asker, ask)) {
        return fmt::format("the team's loan \"{}\" ends at {}; the next may start {} after that", recent->name,
                           formatInstant(recent->span.end), formatDuration(asker.rules->cooldown));
    }
    const Promise* next = tooSoon(asker, ask);
    return fmt::format("the team's loan \"{}\" starts at {}; the one before must end {} earlier", next->name,
                       formatInstant(next->span.start), formatDuration(asker.rules->cooldown));
}

std::string sayExhausted(const Asker& asker, const Ask& ask) {
    if (tokensExhausted(asker, ask)) {
        return fmt::format("of the pool's {} burst tokens {} are promised to others in a window of this loan",
                           formatThousands(asker.lendable.tokens.value()), formatThousands(heldOfPool(asker, ask)));
    }
    return fmt::format(
        "of the {} tokens a minute kept for loans {} are promised to others; ask for fewer tokensPerMinute",
        formatThousands(asker.lendable.rate.value()), formatThousands(rateHeld(asker, ask)));
}

// For a hint: the earliest later start at which the broken rule may hold. Every start that is skipped breaks the same
// rule. Nothing if no later start helps.

std::optional<Instant> afterExcess(const Occupancy& held, const TimeWindow& within, std::int64_t limit,
                                   std::int64_t asked) {
    if (asked > limit) return std::nullopt;
    return held.endOfExcess(within, limit - asked);
}

std::optional<Instant> afterCooldown(const Asker& asker, const Ask& ask) {
    if (const Promise* recent = tooRecent(asker, ask)) return recent->span.end + asker.rules->cooldown;
    // Loans that overlap need no pause between them, so try the first start that overlaps the next loan.
    const Promise* next = tooSoon(asker, ask);
    if (next == nullptr) return std::nullopt;
    const Duration length = ask.span.end - ask.span.start;
    return std::chrono::floor<std::chrono::seconds>(next->span.start - length) + std::chrono::seconds{1};
}

std::optional<Instant> nextWorthTrying(LoanRule broken, const Asker& asker, const Ask& ask) {
    switch (broken) {
        case LoanRule::TooLittleNotice:
            return asker.seen + asker.rules->minNotice;
        case LoanRule::OverBorrowingLimit:
            return afterExcess(asker.book->tokensOf(asker.team, asker.pool), windows(asker, ask.span),
                               borrowingLimit(asker), ask.tokens);
        case LoanRule::TooManyActive:
            return afterExcess(asker.book->activeOf(asker.team), ask.span, asker.rules->maxActivePerTeam, 1);
        case LoanRule::CoolingDown:
            return afterCooldown(asker, ask);
        case LoanRule::PoolExhausted:
            if (tokensExhausted(asker, ask)) {
                return afterExcess(asker.book->tokens(asker.pool), windows(asker, ask.span),
                                   asker.lendable.tokens.value(), ask.tokens);
            }
            return afterExcess(asker.book->rate(asker.pool), ask.span, asker.lendable.rate.value(), ask.rate);
        default:
            return std::nullopt;
    }
}

struct Rule {
    LoanRule rule;
    std::string_view name;
    bool (*broken)(const Asker&, const Ask&);
    std::string (*says)(const Asker&, const Ask&);
};

constexpr Rule kRules[] = {
    {LoanRule::InvalidInterval, api::reason::kInvalidInterval,
     [](const Asker& asker, const Ask& ask) { return ask.span.end <= ask.span.start || ask.span.end <= asker.now; },
     sayInterval},
    {LoanRule::ReasonTooShort, api::reason::kReasonTooShort,
     [](const Asker& asker, const Ask&) { return reasonLength(asker) < asker.rules->minReasonLength; }, sayReason},
    {LoanRule::TooLong, api::reason::kTooLong,
     [](const Asker& asker, const Ask& ask) { return ask.span.end - ask.span.start > asker.rules->maxDuration; },
     sayLength},
    {LoanRule::TooLittleNotice, api::reason::kTooLittleNotice,
     [](const Asker& asker, const Ask& ask) {
         return asker.rules->minNotice > Duration{0} && ask.span.start - asker.seen < asker.rules->minNotice;
     },
     sayNotice},
    {LoanRule::TooFarAhead, api::reason::kTooFarAhead,
     [](const Asker& asker, const Ask& ask) { return ask.span.start - asker.now > asker.rules->maxAdvance; },
     sayAdvance},
    {LoanRule::TooManyPromised, api::reason::kTooManyPromised,
     [](const Asker& asker, const Ask&) { return asker.book->unended(asker.team) >= asker.rules->maxPromisedPerTeam; },
     sayPromised},
    {LoanRule::OverLoanLimit, api::reason::kOverLoanLimit,
     [](const Asker& asker, const Ask& ask) { return ask.tokens > loanLimit(asker); }, sayLoanLimit},
    {LoanRule::OverBorrowingLimit, api::reason::kOverBorrowingLimit,
     [](const Asker& asker, const Ask& ask) { return heldByTeam(asker, ask) + ask.tokens > borrowingLimit(asker); },
     sayBorrowingLimit},
    {LoanRule::TooManyActive, api::reason::kTooManyActive,
     [](const Asker& asker, const Ask& ask) {
         return asker.book->activeOf(asker.team).peak(ask.span) >= asker.rules->maxActivePerTeam;
     },
     sayActive},
    {LoanRule::CoolingDown, api::reason::kCoolingDown,
     [](const Asker& asker, const Ask& ask) {
         return tooRecent(asker, ask) != nullptr || tooSoon(asker, ask) != nullptr;
     },
     sayCooling},
    {LoanRule::PoolExhausted, api::reason::kPoolExhausted,
     [](const Asker& asker, const Ask& ask) {
         return tokensExhausted(asker, ask) ||
                (ask.rate > 0 && rateHeld(asker, ask) + ask.rate > asker.lendable.rate.value());
     },
     sayExhausted},
};

}  // namespace

std::string_view toString(LoanRule rule) {
    for (const Rule& known : kRules) {
        if (known.rule == rule) return known.name;
    }
    return "";
}

LoanRule loanRuleOf(std::string_view name) {
    for (const Rule& known : kRules) {
        if (known.name == name) return known.rule;
    }
    return LoanRule::None;
}

LoanRule firstBroken(const Asker& asker, const Ask& ask) {
    for (const Rule& rule : kRules) {
        if (rule.broken(asker, ask)) return rule.rule;
    }
    return LoanRule::None;
}

std::string explain(LoanRule rule, const Asker& asker, const Ask& ask) {
    for (const Rule& known : kRules) {
        if (known.rule == rule) return known.says(asker, ask);
    }
    return {};
}

std::int64_t largestAmount(const Asker& asker, const TimeWindow& span) {
    if (span.end <= span.start) return 0;
    const Ask ask{span, 0, 0};
    const std::int64_t borrowable = borrowingLimit(asker) - heldByTeam(asker, ask);
    const std::int64_t left = asker.lendable.tokens.value() - heldOfPool(asker, ask);
    return std::max<std::int64_t>(0, std::min({loanLimit(asker), borrowable, left}));
}

std::optional<Instant> earliestStart(const Asker& asker, const Ask& ask) {
    const Duration length = ask.span.end - ask.span.start;
    if (length <= Duration{0}) return std::nullopt;
    std::optional<Instant> start = std::max(ask.span.start, asker.now);
    for (int steps = 0; start && steps < kMostHintSteps; ++steps) {
        start = std::chrono::ceil<std::chrono::seconds>(*start);
        // A loan that ends after the last instant that can be written cannot be asked for.
        if (*start > kLatestInstant - length) return std::nullopt;
        const Ask later{{*start, *start + length}, ask.tokens, ask.rate};
        const LoanRule broken = firstBroken(asker, later);
        if (broken == LoanRule::None) return start;
        start = nextWorthTrying(broken, asker, later);
    }
    return std::nullopt;
}

}  // namespace bursar::treasury
