#include "controllers/treasury/loan_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/condition_reasons.hpp"

namespace bursar::treasury {
namespace {

using api::formatThousands;
using api::percentOf;

TimeWindow windows(const Asker& asker, const TimeWindow& span) { return windowsTouched(span, asker.lendable.window); }

std::int64_t loanLimit(const Asker& asker) {
    return percentOf(asker.lendable.tokens.value(), asker.rules->maxPercentOfPool);
}

std::int64_t borrowingLimit(const Asker& asker) {
    return percentOf(asker.baseline.value(), asker.rules->maxPercentOfGrant);
}

std::int64_t heldByTeam(const Asker& asker, const Ask& ask) {
    return asker.book->tokensHeldBy(asker.team, asker.pool, windows(asker, ask.span));
}

std::int64_t heldOfPool(const Asker& asker, const Ask& ask) {
    return asker.book->tokensHeld(asker.pool, windows(asker, ask.span));
}

std::int64_t rateHeld(const Asker& asker, const Ask& ask) { return asker.book->rateHeld(asker.pool, ask.span); }

// Characters, not bytes: continuation bytes of UTF-8 do not count.
std::ptrdiff_t reasonLength(const Asker& asker) {
    return std::count_if(asker.reason.begin(), asker.reason.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

// A loan of the team that ends less than the cooldown before this one starts; null if there is none.
const Promise* tooRecent(const Asker& asker, const Ask& ask) {
    for (const std::size_t index : asker.book->ofTeam(asker.team)) {
        const Promise& promise = asker.book->all()[index];
        const bool before = promise.span.end <= ask.span.start;
        if (before && ask.span.start - promise.span.end < asker.rules->cooldown) return &promise;
    }
    return nullptr;
}

bool tokensExhausted(const Asker& asker, const Ask& ask) {
    return heldOfPool(asker, ask) + ask.tokens > asker.lendable.tokens.value();
}

std::string sayInterval(const Asker&, const Ask& ask) {
    if (ask.span.end <= ask.span.start) {
        return fmt::format("spec.end {} is not after spec.start {}", formatInstant(ask.span.end),
                           formatInstant(ask.span.start));
    }
    return fmt::format("spec.end {} is already past", formatInstant(ask.span.end));
}

std::string sayReason(const Asker& asker, const Ask&) {
    return fmt::format("spec.reason has {} characters; write at least {} about the event", reasonLength(asker),
                       asker.rules->minReasonLength);
}

std::string sayLength(const Asker& asker, const Ask& ask) {
    return fmt::format("the loan would last {}; the policy allows {}", formatDuration(ask.span.end - ask.span.start),
                       formatDuration(asker.rules->maxDuration));
}

std::string sayNotice(const Asker& asker, const Ask& ask) {
    return fmt::format("spec.start {} is less than {} after the request", formatInstant(ask.span.start),
                       formatDuration(asker.rules->minNotice));
}

std::string sayLoanLimit(const Asker& asker, const Ask& ask) {
    return fmt::format("{} tokens is more than one loan may take: {} % of the pool's {} burst tokens, {}",
                       formatThousands(ask.tokens), asker.rules->maxPercentOfPool,
                       formatThousands(asker.lendable.tokens.value()), formatThousands(loanLimit(asker)));
}

std::string sayBorrowingLimit(const Asker& asker, const Ask& ask) {
    const std::int64_t held = heldByTeam(asker, ask);
    return fmt::format(
        "with its other loans ({}) the team would borrow {}; the policy allows {} % of its baseline {}, {}",
        formatThousands(held), formatThousands(held + ask.tokens), asker.rules->maxPercentOfGrant,
        formatThousands(asker.baseline.value()), formatThousands(borrowingLimit(asker)));
}

std::string sayActive(const Asker& asker, const Ask&) {
    return fmt::format("it would overlap {} approved loans of the team; the policy allows no more at once",
                       asker.rules->maxActivePerTeam);
}

std::string sayCooling(const Asker& asker, const Ask& ask) {
    const Promise* recent = tooRecent(asker, ask);
    return fmt::format("the team's loan \"{}\" ends at {}; the next may start {} after that", recent->name,
                       formatInstant(recent->span.end), formatDuration(asker.rules->cooldown));
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
     [](const Asker& asker, const Ask& ask) { return ask.span.start - asker.created < asker.rules->minNotice; },
     sayNotice},
    {LoanRule::OverLoanLimit, api::reason::kOverLoanLimit,
     [](const Asker& asker, const Ask& ask) { return ask.tokens > loanLimit(asker); }, sayLoanLimit},
    {LoanRule::OverBorrowingLimit, api::reason::kOverBorrowingLimit,
     [](const Asker& asker, const Ask& ask) { return heldByTeam(asker, ask) + ask.tokens > borrowingLimit(asker); },
     sayBorrowingLimit},
    {LoanRule::TooManyActive, api::reason::kTooManyActive,
     [](const Asker& asker, const Ask& ask) {
         return asker.book->activeAtOnce(asker.team, ask.span) >= asker.rules->maxActivePerTeam;
     },
     sayActive},
    {LoanRule::CoolingDown, api::reason::kCoolingDown,
     [](const Asker& asker, const Ask& ask) { return tooRecent(asker, ask) != nullptr; }, sayCooling},
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

// A rule can stop being broken only when a promise ends, a cooldown is over, or the notice is long enough. So only
// those instants are candidates.
std::optional<Instant> earliestStart(const Asker& asker, const Ask& ask) {
    const Duration length = ask.span.end - ask.span.start;
    if (length <= Duration{0}) return std::nullopt;
    const auto soonest = std::max<Instant>(ask.span.start, std::chrono::ceil<std::chrono::seconds>(asker.now));
    std::vector<Instant> candidates = {soonest, asker.created + asker.rules->minNotice};
    for (const Promise& promise : asker.book->all()) {
        if (promise.pool == asker.pool) candidates.insert(candidates.end(), {promise.span.end, promise.windows.end});
    }
    for (const std::size_t index : asker.book->ofTeam(asker.team)) {
        const Instant end = asker.book->all()[index].span.end;
        candidates.insert(candidates.end(), {end, end + asker.rules->cooldown});
    }
    for (Instant& candidate : candidates) candidate = std::chrono::ceil<std::chrono::seconds>(candidate);
    // A loan that ends after the last instant that can be written cannot be asked for.
    std::erase_if(candidates, [&](Instant at) { return at < soonest || at > kLatestInstant - length; });
    if (candidates.empty()) return std::nullopt;
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    const auto approvable = [&](Instant start) {
        return firstBroken(asker, {{start, start + length}, ask.tokens, ask.rate}) == LoanRule::None;
    };
    // At the last candidate, every token is free again: an ask that is denied there is denied at any time.
    if (!approvable(candidates.back())) return std::nullopt;
    return *std::find_if(candidates.begin(), candidates.end(), approvable);
}

}  // namespace bursar::treasury
