#include "controllers/treasury/borrowing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace bursar::treasury {
namespace {

using api::BurstLoan;
using api::formatThousands;
using api::LoanPhase;
using api::percentOf;
using api::Tokens;
using api::TokensPerMinute;

// What one loan holds of the pool.
struct Promise {
    std::size_t request = 0;
    std::size_t pool = 0;
    const std::string* team = nullptr;
    TimeWindow span;     // when the loan is active
    TimeWindow windows;  // every budget window it touches, from the first one's start to the last one's end
    std::int64_t tokens = 0;
    std::int64_t rate = 0;
    bool ended = false;  // its tokens are what was drawn, and it is active no more
};

bool overlaps(const TimeWindow& a, const TimeWindow& b) { return a.start < b.end && b.start < a.end; }

TimeWindow windowsOf(const TimeWindow& span, api::BudgetWindow window) {
    // The end is exclusive: a loan that ends at 00:00 does not touch the new day.
    return {windowAt(span.start, window).start, windowAt(span.end - Duration{1}, window).end};
}

// The largest sum of `amount` over promises that hold at the same time somewhere in `span`.
template <typename Span, typename Amount>
std::int64_t peak(const std::vector<Promise>& promises, const TimeWindow& span, Span spanOf, Amount amount) {
    std::map<Instant, std::int64_t> changes;
    for (const Promise& promise : promises) {
        const TimeWindow& held = spanOf(promise);
        if (!overlaps(held, span)) continue;
        changes[std::max(held.start, span.start)] += amount(promise);
        changes[held.end] -= amount(promise);
    }
    std::int64_t sum = 0;
    std::int64_t largest = 0;
    for (const auto& [at, change] : changes) {
        sum += change;
        largest = std::max(largest, sum);
    }
    return largest;
}

const TimeWindow& windowsHeld(const Promise& promise) { return promise.windows; }
const TimeWindow& spanHeld(const Promise& promise) { return promise.span; }

// What a request asks for, in a form that a hint may vary.
struct Ask {
    TimeWindow span;
    std::int64_t tokens = 0;
    std::int64_t rate = 0;
};

struct Verdict {
    LoanRule rule = LoanRule::None;
    std::string message;
};

class Lender {
  public:
    Lender(const api::Borrowing& rules, const std::vector<Lendable>& pools, const std::vector<LoanRequest>& requests,
           Instant now)
        : rules_(rules), pools_(pools), requests_(requests), now_(now) {
        loans_.outcomes.resize(requests.size());
        loans_.pools.resize(pools.size());
    }

    PolicyLoans decide() {
        std::vector<std::size_t> order(requests_.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return before(a, b); });
        keepPromises(order);
        std::vector<std::size_t> denied;
        for (const std::size_t i : order) {
            if (isOpen(i) && !decideOne(i)) denied.push_back(i);
        }
        // Hints come last: what they name must be approvable beside everything that was decided now.
        for (const std::size_t i : denied) addHints(i);
        sum();
        return std::move(loans_);
    }

  private:
    [[nodiscard]] const BurstLoan& loan(std::size_t i) const { return *requests_[i].loan; }

    [[nodiscard]] const Lendable& lendable(std::size_t i) const { return pools_[requests_[i].pool]; }
    // The open budget window of the loan's pool.
    [[nodiscard]] TimeWindow current(std::size_t i) const { return windowAt(now_, lendable(i).window); }
    [[nodiscard]] TimeWindow windows(std::size_t i, const TimeWindow& span) const {
        return windowsOf(span, lendable(i).window);
    }

    [[nodiscard]] Instant created(std::size_t i) const {
        return loan(i).meta.created == Instant{} ? now_ : loan(i).meta.created;
    }

    [[nodiscard]] bool before(std::size_t a, std::size_t b) const {
        if (created(a) != created(b)) return created(a) < created(b);
        return std::tie(loan(a).meta.ns, loan(a).meta.name) < std::tie(loan(b).meta.ns, loan(b).meta.name);
    }

    [[nodiscard]] static bool isPromise(const api::LoanRecord& record) {
        return record.phase == LoanPhase::Scheduled || record.phase == LoanPhase::Active ||
               record.phase == LoanPhase::Returned;
    }

    // An edit of a loan that has not begun is a new request; an active one may only end earlier, which needs no decision.
    [[nodiscard]] bool isEdited(std::size_t i) const {
        const auto& record = loan(i).record;
        return record && record->observedGeneration != loan(i).meta.generation &&
               (record->phase == LoanPhase::Scheduled || record->phase == LoanPhase::Denied);
    }

    [[nodiscard]] bool isOpen(std::size_t i) const {
        if (loan(i).deletedAt) return false;
        const auto& record = loan(i).record;
        return !record || record->phase == LoanPhase::Pending || isEdited(i);
    }

    // Promises

    void keepPromises(const std::vector<std::size_t>& order) {
        std::vector<std::size_t> kept;
        for (const std::size_t i : order) {
            const auto& record = loan(i).record;
            if (isOpen(i)) continue;
            if (record && isPromise(*record)) {
                kept.push_back(i);
            } else {
                repeat(i);
            }
        }
        // Oldest promise first: where the pool has shrunk the newest finds it empty.
        std::stable_sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) {
            return loan(a).record->decidedAt < loan(b).record->decidedAt;
        });
        // What loans of this window have drawn is spent, and comes before every other promise.
        std::stable_partition(kept.begin(), kept.end(), [&](std::size_t i) { return phaseNow(i) == LoanPhase::Returned; });
        for (const std::size_t i : kept) keep(i);
    }

    // A decision that stands and holds nothing: a denial, a cancellation.
    void repeat(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        const auto& record = loan(i).record;
        outcome.phase = LoanPhase::Cancelled;
        outcome.message = "the loan was deleted before it was decided";
        if (!record || record->phase == LoanPhase::Pending) return;
        outcome.phase = record->phase;
        outcome.decidedAt = record->decidedAt;
        outcome.message = record->message;
        outcome.largestApprovable = record->largestApprovable;
        outcome.earliestStart = record->earliestStart;
        for (int rule = 0; rule <= static_cast<int>(LoanRule::PoolExhausted); ++rule) {
            if (toString(static_cast<LoanRule>(rule)) == record->rule) outcome.rule = static_cast<LoanRule>(rule);
        }
    }

    [[nodiscard]] TimeWindow spanOf(std::size_t i) const {
        const api::LoanRecord& record = *loan(i).record;
        TimeWindow span = activeSpan(loan(i), record.decidedAt);
        if (record.phase == LoanPhase::Returned && record.effectiveEnd) span.end = std::min(span.end, *record.effectiveEnd);
        if (loan(i).deletedAt && record.phase != LoanPhase::Returned) span.end = std::min(span.end, now_);
        return span;
    }

    [[nodiscard]] LoanPhase phaseNow(std::size_t i) const {
        const api::LoanRecord& record = *loan(i).record;
        const TimeWindow span = spanOf(i);
        if (record.phase == LoanPhase::Returned) return LoanPhase::Returned;
        if (loan(i).deletedAt && now_ <= activeSpan(loan(i), record.decidedAt).start) return LoanPhase::Cancelled;
        if (now_ < span.start) return LoanPhase::Scheduled;
        return now_ < span.end ? LoanPhase::Active : LoanPhase::Returned;
    }

    void keep(std::size_t i) {
        const api::LoanRecord& record = *loan(i).record;
        LoanOutcome& outcome = loans_.outcomes[i];
        outcome.phase = phaseNow(i);
        outcome.decidedAt = record.decidedAt;
        const TimeWindow span = spanOf(i);
        outcome.effectiveStart = span.start;
        outcome.effectiveEnd = span.end;
        outcome.granted = record.granted;
        outcome.grantedRate = record.grantedTokensPerMinute;
        outcome.curtailed = record.curtailed;
        outcome.message = record.message;
        if (outcome.phase == LoanPhase::Cancelled) {
            outcome.message = "deleted before it began; its tokens are free again";
            return;
        }
        drawnBy(i);
        Promise promise = promiseOf(i, span);
        if (outcome.phase == LoanPhase::Returned) {
            promise.ended = true;
            promise.tokens = overlaps(span, current(i)) ? outcome.drawn.value() : 0;
            promise.rate = 0;
            if (record.phase != LoanPhase::Returned) outcome.message = returnedMessage(i);
            outcome.backToBaseline = backToBaseline(i);
        } else {
            curtail(i, promise);
        }
        promises_.push_back(promise);
    }

    [[nodiscard]] std::string returnedMessage(std::size_t i) const {
        const LoanOutcome& outcome = loans_.outcomes[i];
        return fmt::format("returned at {}: {} of {} tokens drawn in its last window", formatInstant(outcome.effectiveEnd),
                           formatThousands(outcome.drawn.value()), formatThousands(outcome.granted.value()));
    }

    // Judged in every window until the cooldown is over; above baseline once is not back. The loan's own tokens, drawn in
    // the window it ended in, are not the baseline's.
    [[nodiscard]] api::BackToBaseline backToBaseline(std::size_t i) const {
        const LoanOutcome& outcome = loans_.outcomes[i];
        const api::BackToBaseline before = loan(i).record->backToBaseline;
        if (before != api::BackToBaseline::Unknown) return before;
        const TimeWindow span{outcome.effectiveStart, outcome.effectiveEnd};
        const Instant until = span.end + rules_.cooldown;
        if (now_ <= until) {
            const Tokens ownTokens = overlaps(span, current(i)) ? outcome.drawn : Tokens{};
            if (requests_[i].consumed.lessOrZero(ownTokens) > requests_[i].baseline) return api::BackToBaseline::False;
        }
        // Nobody watched the whole cooldown where the loan was still active at our last look.
        const bool watched = loan(i).record->phase == LoanPhase::Returned;
        return now_ >= until && watched ? api::BackToBaseline::True : api::BackToBaseline::Unknown;
    }

    // How the team's last loan in the pool ended, for whoever reads the next decision.
    [[nodiscard]] std::string lastLoan(std::size_t i) const {
        const Promise* last = nullptr;
        for (const Promise& promise : promises_) {
            const bool same = promise.pool == requests_[i].pool && *promise.team == requests_[i].team && promise.ended;
            if (same && (last == nullptr || promise.span.end > last->span.end)) last = &promise;
        }
        if (last == nullptr) return {};
        const std::string& name = loan(last->request).meta.name;
        switch (loans_.outcomes[last->request].backToBaseline) {
            case api::BackToBaseline::True:
                return fmt::format("; after the loan \"{}\" the team was back at its baseline", name);
            case api::BackToBaseline::False:
                return fmt::format("; after the loan \"{}\" the team was not back at its baseline", name);
            case api::BackToBaseline::Unknown:
                return fmt::format("; whether the team is back at its baseline after the loan \"{}\" is not known yet",
                                   name);
        }
        return {};
    }

    void drawnBy(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        const TimeWindow span{outcome.effectiveStart, outcome.effectiveEnd};
        // Of a window that is over we know what the status says; of the current one what was used while active.
        outcome.drawn = loan(i).record->drawn;
        if (overlaps(span, current(i)) && requests_[i].usedWhileActive) {
            const Tokens used = requests_[i].usedWhileActive->lessOrZero(drawnByOlder(i, span));
            outcome.drawn = std::min(outcome.granted, used);
        }
        if (outcome.phase == LoanPhase::Scheduled) outcome.drawn = Tokens{};
    }

    // Of two loans of a team that are active together the older one is drawn first; no token is drawn twice.
    [[nodiscard]] Tokens drawnByOlder(std::size_t i, const TimeWindow& span) const {
        Tokens drawn;
        for (const Promise& promise : promises_) {
            if (promise.pool == requests_[i].pool && *promise.team == requests_[i].team && overlaps(promise.span, span)) {
                drawn += loans_.outcomes[promise.request].drawn;
            }
        }
        return drawn;
    }

    [[nodiscard]] Promise promiseOf(std::size_t i, const TimeWindow& span) const {
        Promise promise;
        promise.request = i;
        promise.pool = requests_[i].pool;
        promise.team = &requests_[i].team;
        promise.span = span;
        promise.windows = windows(i, span);
        promise.tokens = loans_.outcomes[i].granted.value();
        promise.rate = loans_.outcomes[i].grantedRate.value();
        return promise;
    }

    // Where policy has shrunk the pool below what was promised, this loan keeps what older ones left of it.
    void curtail(std::size_t i, Promise& promise) {
        LoanOutcome& outcome = loans_.outcomes[i];
        const TimeWindow ahead{std::max(promise.windows.start, current(i).start), promise.windows.end};
        const std::int64_t left = std::max<std::int64_t>(0, lendable(i).tokens.value() - tokensHeld(i, ahead));
        if (promise.tokens > left) {
            outcome.curtailed += Tokens{promise.tokens - left};
            outcome.message = fmt::format(
                "curtailed by {} to {} tokens: the burst pool was reduced below what was promised, and this is one of the "
                "newest loans",
                formatThousands(outcome.curtailed.value()), formatThousands(left));
            outcome.granted = Tokens{left};
            outcome.drawn = std::min(outcome.drawn, outcome.granted);
            promise.tokens = left;
        }
        const std::int64_t rateLeft = std::max<std::int64_t>(0, lendable(i).rate.value() - rateHeld(i, promise.span));
        promise.rate = std::min(promise.rate, rateLeft);
        outcome.grantedRate = TokensPerMinute{promise.rate};
    }

    // What is held of the pool

    [[nodiscard]] std::int64_t tokensHeld(std::size_t i, const TimeWindow& windows) const {
        const std::size_t pool = requests_[i].pool;
        return peak(promises_, windows, windowsHeld,
                    [pool](const Promise& p) { return p.pool == pool ? p.tokens : std::int64_t{0}; });
    }

    [[nodiscard]] std::int64_t tokensHeldByTeam(std::size_t i, const TimeWindow& windows) const {
        const LoanRequest& request = requests_[i];
        return peak(promises_, windows, windowsHeld, [&](const Promise& p) {
            return p.pool == request.pool && *p.team == request.team ? p.tokens : std::int64_t{0};
        });
    }

    [[nodiscard]] std::int64_t rateHeld(std::size_t i, const TimeWindow& span) const {
        const std::size_t pool = requests_[i].pool;
        return peak(promises_, span, spanHeld,
                    [pool](const Promise& p) { return p.pool == pool ? p.rate : std::int64_t{0}; });
    }

    // In every pool: the number of loans is the team's.
    [[nodiscard]] std::int64_t activeAtOnce(const std::string& team, const TimeWindow& span) const {
        return peak(promises_, span, spanHeld,
                    [&](const Promise& p) { return *p.team == team && !p.ended ? std::int64_t{1} : std::int64_t{0}; });
    }

    // The rules

    [[nodiscard]] std::int64_t loanLimit(std::size_t i) const {
        return percentOf(lendable(i).tokens.value(), rules_.maxPercentOfPool);
    }

    [[nodiscard]] std::int64_t borrowingLimit(std::size_t i) const {
        return percentOf(requests_[i].baseline.value(), rules_.maxPercentOfGrant);
    }

    [[nodiscard]] Verdict judge(std::size_t i, const Ask& ask) const {
        for (const auto& rule : {&Lender::interval, &Lender::reason, &Lender::length, &Lender::notice, &Lender::oneLoan,
                                 &Lender::allLoans, &Lender::active, &Lender::cooling, &Lender::exhausted}) {
            Verdict verdict = (this->*rule)(i, ask);
            if (verdict.rule != LoanRule::None) return verdict;
        }
        return {};
    }

    [[nodiscard]] Verdict interval(std::size_t, const Ask& ask) const {
        if (ask.span.end <= ask.span.start) {
            return {LoanRule::InvalidInterval, fmt::format("spec.end {} is not after spec.start {}",
                                                           formatInstant(ask.span.end), formatInstant(ask.span.start))};
        }
        if (ask.span.end <= now_) {
            return {LoanRule::InvalidInterval,
                    fmt::format("spec.end {} is already past", formatInstant(ask.span.end))};
        }
        return {};
    }

    [[nodiscard]] Verdict reason(std::size_t i, const Ask&) const {
        // Characters, not bytes: continuation bytes of UTF-8 do not count.
        const auto& text = loan(i).reason;
        const auto length = std::count_if(text.begin(), text.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
        if (length >= rules_.minReasonLength) return {};
        return {LoanRule::ReasonTooShort, fmt::format("spec.reason has {} characters; write at least {} about the event",
                                                      length, rules_.minReasonLength)};
    }

    [[nodiscard]] Verdict length(std::size_t, const Ask& ask) const {
        if (ask.span.end - ask.span.start <= rules_.maxDuration) return {};
        return {LoanRule::TooLong, fmt::format("the loan would last {}; the policy allows {}",
                                               formatDuration(ask.span.end - ask.span.start),
                                               formatDuration(rules_.maxDuration))};
    }

    [[nodiscard]] Verdict notice(std::size_t i, const Ask& ask) const {
        if (ask.span.start - created(i) >= rules_.minNotice) return {};
        return {LoanRule::TooLittleNotice,
                fmt::format("spec.start {} is less than {} after the request", formatInstant(ask.span.start),
                            formatDuration(rules_.minNotice))};
    }

    [[nodiscard]] Verdict oneLoan(std::size_t i, const Ask& ask) const {
        if (ask.tokens <= loanLimit(i)) return {};
        return {LoanRule::OverLoanLimit,
                fmt::format("{} tokens is more than one loan may take: {} % of the pool's {} burst tokens, {}",
                            formatThousands(ask.tokens), rules_.maxPercentOfPool,
                            formatThousands(lendable(i).tokens.value()), formatThousands(loanLimit(i)))};
    }

    [[nodiscard]] Verdict allLoans(std::size_t i, const Ask& ask) const {
        const std::int64_t held = tokensHeldByTeam(i, windows(i, ask.span));
        if (held + ask.tokens <= borrowingLimit(i)) return {};
        return {LoanRule::OverBorrowingLimit,
                fmt::format("with its other loans ({}) the team would borrow {}; the policy allows {} % of its baseline "
                            "{}, {}",
                            formatThousands(held), formatThousands(held + ask.tokens), rules_.maxPercentOfGrant,
                            formatThousands(requests_[i].baseline.value()), formatThousands(borrowingLimit(i)))};
    }

    [[nodiscard]] Verdict active(std::size_t i, const Ask& ask) const {
        if (activeAtOnce(requests_[i].team, ask.span) < rules_.maxActivePerTeam) return {};
        return {LoanRule::TooManyActive,
                fmt::format("it would overlap {} approved loans of the team; the policy allows no more at once",
                            rules_.maxActivePerTeam)};
    }

    [[nodiscard]] Verdict cooling(std::size_t i, const Ask& ask) const {
        for (const Promise& promise : promises_) {
            if (*promise.team != requests_[i].team || promise.span.end > ask.span.start) continue;
            if (ask.span.start - promise.span.end >= rules_.cooldown) continue;
            return {LoanRule::CoolingDown,
                    fmt::format("the team's loan \"{}\" ends at {}; the next may start {} after that",
                                loan(promise.request).meta.name, formatInstant(promise.span.end),
                                formatDuration(rules_.cooldown))};
        }
        return {};
    }

    [[nodiscard]] Verdict exhausted(std::size_t i, const Ask& ask) const {
        const std::int64_t held = tokensHeld(i, windows(i, ask.span));
        if (held + ask.tokens > lendable(i).tokens.value()) {
            return {LoanRule::PoolExhausted,
                    fmt::format("of the pool's {} burst tokens {} are promised to others in a window of this loan",
                                formatThousands(lendable(i).tokens.value()), formatThousands(held))};
        }
        const std::int64_t rate = rateHeld(i, ask.span);
        if (ask.rate > 0 && rate + ask.rate > lendable(i).rate.value()) {
            return {LoanRule::PoolExhausted,
                    fmt::format("of the {} tokens a minute kept for loans {} are promised to others; ask for fewer "
                                "tokensPerMinute",
                                formatThousands(lendable(i).rate.value()), formatThousands(rate))};
        }
        return {};
    }

    // Decisions

    [[nodiscard]] Ask askOf(std::size_t i) const {
        const BurstLoan& asked = loan(i);
        return {{asked.start, asked.end}, asked.tokens.value(), asked.tokensPerMinute.value()};
    }

    // The most this loan may have over that span as far as amounts go.
    [[nodiscard]] std::int64_t largestOver(std::size_t i, const TimeWindow& span) const {
        const TimeWindow held = windows(i, span);
        const std::int64_t borrowable = borrowingLimit(i) - tokensHeldByTeam(i, held);
        const std::int64_t left = lendable(i).tokens.value() - tokensHeld(i, held);
        return std::max<std::int64_t>(0, std::min({loanLimit(i), borrowable, left}));
    }

    [[nodiscard]] bool approvable(std::size_t i, const Ask& ask) const { return judge(i, ask).rule == LoanRule::None; }

    bool decideOne(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        outcome.decidedAt = std::chrono::ceil<std::chrono::seconds>(now_);
        Ask ask = askOf(i);
        Verdict verdict = judge(i, ask);
        if (verdict.rule != LoanRule::None && loan(i).acceptPartial) {
            if (ask.span.end > ask.span.start) ask.tokens = std::min(ask.tokens, largestOver(i, ask.span));
            if (ask.tokens > 0 && approvable(i, ask)) verdict = {};
        }
        if (verdict.rule != LoanRule::None) {
            outcome.phase = LoanPhase::Denied;
            outcome.rule = verdict.rule;
            outcome.message = verdict.message + lastLoan(i);
            return false;
        }
        approve(i, ask);
        return true;
    }

    void approve(std::size_t i, const Ask& ask) {
        LoanOutcome& outcome = loans_.outcomes[i];
        outcome.granted = Tokens{ask.tokens};
        outcome.grantedRate = TokensPerMinute{ask.rate};
        const TimeWindow span = activeSpan(loan(i), outcome.decidedAt);
        outcome.effectiveStart = span.start;
        outcome.effectiveEnd = span.end;
        outcome.phase = now_ < span.start ? LoanPhase::Scheduled : LoanPhase::Active;
        const bool partial = outcome.granted < loan(i).tokens;
        outcome.message = fmt::format("approved: {} tokens{} from {} until {}", formatThousands(ask.tokens),
                                      partial ? fmt::format(" of the {} asked for", formatThousands(loan(i).tokens.value()))
                                              : std::string{},
                                      formatInstant(span.start), formatInstant(span.end)) +
                          lastLoan(i);
        promises_.push_back(promiseOf(i, span));
    }

    // What would be approved instead: the largest amount at that time, and the earliest time for that amount.
    void addHints(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        Ask ask = askOf(i);
        if (ask.span.end <= ask.span.start) {
            outcome.largestApprovable = Tokens{};
            return;
        }
        Ask less = ask;
        less.tokens = largestOver(i, ask.span);
        outcome.largestApprovable = less.tokens > 0 && approvable(i, less) ? Tokens{less.tokens} : Tokens{};
        outcome.earliestStart = earliestStart(i, ask);
        if (outcome.largestApprovable->value() > 0) {
            outcome.message += fmt::format("; {} tokens would be approved", formatThousands(less.tokens));
        }
        if (outcome.earliestStart) {
            outcome.message += fmt::format("; as asked from {} on", formatInstant(*outcome.earliestStart));
        }
    }

    // Rules only let go where a promise ends, a cooldown is over, or the notice is long enough: only those instants matter.
    [[nodiscard]] std::optional<Instant> earliestStart(std::size_t i, const Ask& ask) const {
        const Duration length = ask.span.end - ask.span.start;
        const Instant soonest = std::chrono::ceil<std::chrono::seconds>(now_);
        std::vector<Instant> candidates = {std::max(ask.span.start, soonest), created(i) + rules_.minNotice};
        for (const Promise& promise : promises_) {
            candidates.push_back(promise.span.end);
            candidates.push_back(promise.windows.end);
            if (*promise.team == requests_[i].team) candidates.push_back(promise.span.end + rules_.cooldown);
        }
        for (Instant& candidate : candidates) candidate = std::chrono::ceil<std::chrono::seconds>(candidate);
        std::sort(candidates.begin(), candidates.end());
        candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
        for (const Instant start : candidates) {
            if (start < ask.span.start || start < soonest) continue;
            if (approvable(i, {{start, start + length}, ask.tokens, ask.rate})) return start;
        }
        return std::nullopt;
    }

    void sum() {
        for (const Promise& promise : promises_) {
            const LoanOutcome& outcome = loans_.outcomes[promise.request];
            PoolLoans& pool = loans_.pools[promise.pool];
            const TimeWindow open = current(promise.request);
            if (overlaps(promise.windows, open)) {
                pool.promised += Tokens{promise.tokens};
                if (overlaps(promise.span, open)) pool.drawn += outcome.drawn;
            }
            if (outcome.phase == LoanPhase::Active) pool.lent += outcome.granted;
        }
    }

    const api::Borrowing& rules_;
    const std::vector<Lendable>& pools_;
    const std::vector<LoanRequest>& requests_;
    const Instant now_;
    std::vector<Promise> promises_;
    PolicyLoans loans_;
};

}  // namespace

std::string_view toString(LoanRule rule) {
    switch (rule) {
        case LoanRule::None:
            return "";
        case LoanRule::InvalidInterval:
            return "InvalidInterval";
        case LoanRule::ReasonTooShort:
            return "ReasonTooShort";
        case LoanRule::TooLong:
            return "TooLong";
        case LoanRule::TooLittleNotice:
            return "TooLittleNotice";
        case LoanRule::OverLoanLimit:
            return "OverLoanLimit";
        case LoanRule::OverBorrowingLimit:
            return "OverBorrowingLimit";
        case LoanRule::TooManyActive:
            return "TooManyActive";
        case LoanRule::CoolingDown:
            return "CoolingDown";
        case LoanRule::PoolExhausted:
            return "PoolExhausted";
    }
    return "";
}

TimeWindow activeSpan(const BurstLoan& loan, Instant decidedAt) {
    const Instant start = std::max(loan.start, decidedAt);
    return {start, std::max(start, loan.end)};
}

PolicyLoans decideLoans(const api::Borrowing& rules, const std::vector<Lendable>& pools,
                        const std::vector<LoanRequest>& requests, Instant now) {
    return Lender{rules, pools, requests, now}.decide();
}

}  // namespace bursar::treasury
