#include "controllers/treasury/borrowing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bursar::treasury {
namespace {

using api::BurstLoan;
using api::formatThousands;
using api::LoanPhase;
using api::Tokens;
using api::TokensPerMinute;

class Lender {
  public:
    Lender(const api::Borrowing& rules, const std::vector<Lendable>& pools, const std::vector<LoanRequest>& requests,
           Instant now)
        : rules_(rules), pools_(pools), requests_(requests), now_(now), book_(possibleSpans()) {
        loans_.outcomes.resize(requests.size());
        loans_.pools.resize(pools.size());
    }

    PolicyLoans decide() {
        std::vector<std::size_t> order(requests_.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return before(a, b); });
        keepPromises(order);
        holdUnsettled(order);
        std::vector<std::size_t> unmet;
        for (const std::size_t i : order) {
            if (isOpen(i) ? !decideOne(i) : isStandingDenial(i)) unmet.push_back(i);
        }
        // Hints come last: the loans they suggest must be approvable beside every loan decided now.
        for (const std::size_t i : unmet) addHints(i);
        sum();
        return std::move(loans_);
    }

  private:
    [[nodiscard]] const BurstLoan& loan(std::size_t i) const { return *requests_[i].loan; }

    [[nodiscard]] const Lendable& lendable(std::size_t i) const { return pools_[requests_[i].pool]; }
    // The open budget window of the loan's pool.
    [[nodiscard]] TimeWindow current(std::size_t i) const { return windowAt(now_, lendable(i).window); }
    [[nodiscard]] TimeWindow windows(std::size_t i, const TimeWindow& span) const {
        return windowsTouched(span, lendable(i).window);
    }

    // Every span that a promise can have, by pool.
    [[nodiscard]] std::vector<std::vector<TimeWindow>> possibleSpans() const {
        std::vector<std::vector<TimeWindow>> spans(pools_.size());
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            const TimeWindow span = isPromised(i) ? spanOf(i) : activeSpan(loan(i), decidedNow());
            if (span.end <= span.start) continue;
            spans[requests_[i].pool].insert(spans[requests_[i].pool].end(), {span, windows(i, span)});
        }
        return spans;
    }

    [[nodiscard]] Instant decidedNow() const { return std::chrono::ceil<std::chrono::seconds>(now_); }

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

    // An edit of a loan that has not begun is a new request. An active loan can only be edited to end earlier, which
    // needs no decision.
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

    [[nodiscard]] bool isPromised(std::size_t i) const {
        return !isOpen(i) && loan(i).record && isPromise(*loan(i).record);
    }

    [[nodiscard]] bool isStandingDenial(std::size_t i) const {
        return loans_.outcomes[i].phase == LoanPhase::Denied && loan(i).start > now_ && !loan(i).deletedAt;
    }

    // Promises

    void keepPromises(const std::vector<std::size_t>& order) {
        std::vector<std::size_t> kept;
        for (const std::size_t i : order) {
            if (isOpen(i)) continue;
            if (isPromised(i)) {
                kept.push_back(i);
            } else {
                repeat(i);
            }
        }
        // Oldest promise first: if the pool has shrunk, the newest loans are curtailed.
        std::stable_sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) {
            return loan(a).record->decidedAt < loan(b).record->decidedAt;
        });
        // Tokens that ended loans of this window drew are spent, so they come before every other promise.
        std::stable_partition(kept.begin(), kept.end(),
                              [&](std::size_t i) { return phaseNow(i) == LoanPhase::Returned; });
        for (const std::size_t i : kept) keep(i);
    }

    // Repeats a final decision that holds no tokens: a denial or a cancellation.
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
        outcome.rule = loanRuleOf(record->rule);
    }

    [[nodiscard]] TimeWindow spanOf(std::size_t i) const {
        const api::LoanRecord& record = *loan(i).record;
        TimeWindow span = activeSpan(loan(i), record.decidedAt);
        if (record.phase == LoanPhase::Returned && record.effectiveEnd)
            span.end = std::min(span.end, *record.effectiveEnd);
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
            promise.tokens = overlaps(span, current(i)) ? std::min(outcome.drawn.value(), leftFor(promise)) : 0;
            promise.rate = 0;
            outcome.inForce = Tokens{promise.tokens};
            if (record.phase != LoanPhase::Returned) outcome.message = returnedMessage(i);
            outcome.backToBaseline = backToBaseline(i);
        } else {
            curtail(i, promise);
            if (outcome.phase == LoanPhase::Active) outcome.inForce = outcome.granted;
        }
        book_.add(std::move(promise));
    }

    // Once usage is known, the undrawn tokens of a loan that ended in this window can be lent again. Until then they
    // are held, so that usage counted late takes nothing from a newer promise.
    void holdUnsettled(const std::vector<std::size_t>& order) {
        for (const std::size_t i : order) {
            const LoanOutcome& outcome = loans_.outcomes[i];
            const TimeWindow span{outcome.effectiveStart, outcome.effectiveEnd};
            const bool ended = outcome.phase == LoanPhase::Returned && overlaps(span, current(i));
            if (!ended || requests_[i].usageCompleteUpTo > span.end) continue;
            Promise rest = promiseOf(i, span);
            rest.ended = true;
            rest.rate = 0;
            rest.tokens = std::min((outcome.granted.lessOrZero(outcome.inForce)).value(), leftFor(rest));
            book_.add(std::move(rest));
        }
    }

    // Tokens of the pool that are left for a promise, in the windows that are not over.
    [[nodiscard]] std::int64_t leftFor(const Promise& promise) const {
        const TimeWindow ahead{std::max(promise.windows.start, current(promise.request).start), promise.windows.end};
        return std::max<std::int64_t>(0,
                                      lendable(promise.request).tokens.value() - book_.tokensHeld(promise.pool, ahead));
    }

    [[nodiscard]] std::string returnedMessage(std::size_t i) const {
        const LoanOutcome& outcome = loans_.outcomes[i];
        return fmt::format("returned at {}: {} of {} tokens drawn in its last window",
                           formatInstant(outcome.effectiveEnd), formatThousands(outcome.drawn.value()),
                           formatThousands(outcome.granted.value()));
    }

    // Checked in every window until the cooldown is over; consuming more than the baseline once means not back. Tokens
    // of the loan itself, drawn in the window in which it ended, do not count.
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
        // If the loan was still active at the last decision, part of the cooldown went unobserved.
        const bool watched = loan(i).record->phase == LoanPhase::Returned;
        return now_ >= until && watched ? api::BackToBaseline::True : api::BackToBaseline::Unknown;
    }

    // How the team's last loan in the pool ended: part of the next decision's message.
    [[nodiscard]] std::string lastLoan(std::size_t i) const {
        const Promise* last = nullptr;
        for (const std::size_t index : book_.ofTeam(requests_[i].team)) {
            const Promise& promise = book_.all()[index];
            const bool same = promise.pool == requests_[i].pool && promise.ended;
            if (same && (last == nullptr || promise.span.end > last->span.end)) last = &promise;
        }
        if (last == nullptr) return {};
        const std::string& name = last->name;
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
        // The status has the drawn tokens of past windows; the usage source has those of the current one.
        outcome.drawn = loan(i).record->drawn;
        if (overlaps(span, current(i)) && requests_[i].usedWhileActive) {
            const Tokens used = requests_[i].usedWhileActive->lessOrZero(drawnByOlder(i, span));
            outcome.drawn = std::min(outcome.granted, used);
        }
        if (outcome.phase == LoanPhase::Scheduled) outcome.drawn = Tokens{};
    }

    // If two loans of a team are active at once, the older one is drawn first; no token counts twice.
    [[nodiscard]] Tokens drawnByOlder(std::size_t i, const TimeWindow& span) const {
        Tokens drawn;
        for (const std::size_t index : book_.ofTeam(requests_[i].team)) {
            const Promise& promise = book_.all()[index];
            if (promise.pool == requests_[i].pool && overlaps(promise.span, span)) {
                drawn += loans_.outcomes[promise.request].drawn;
            }
        }
        return drawn;
    }

    [[nodiscard]] Promise promiseOf(std::size_t i, const TimeWindow& span) const {
        Promise promise;
        promise.request = i;
        promise.pool = requests_[i].pool;
        promise.team = requests_[i].team;
        promise.name = loan(i).meta.name;
        promise.span = span;
        promise.windows = windows(i, span);
        promise.tokens = loans_.outcomes[i].granted.value();
        promise.rate = loans_.outcomes[i].grantedRate.value();
        return promise;
    }

    // If policy has shrunk the pool below what is promised, the loan keeps only what older loans leave.
    void curtail(std::size_t i, Promise& promise) {
        LoanOutcome& outcome = loans_.outcomes[i];
        const std::int64_t left = leftFor(promise);
        if (promise.tokens > left) {
            outcome.curtailed += Tokens{promise.tokens - left};
            outcome.message = fmt::format(
                "curtailed by {} to {} tokens: the burst pool was reduced below what was promised, and this is one of "
                "the newest loans",
                formatThousands(outcome.curtailed.value()), formatThousands(left));
            outcome.granted = Tokens{left};
            outcome.drawn = std::min(outcome.drawn, outcome.granted);
            promise.tokens = left;
        }
        const std::int64_t rateHeld = book_.rateHeld(promise.pool, promise.span);
        const std::int64_t rateLeft = std::max<std::int64_t>(0, lendable(i).rate.value() - rateHeld);
        promise.rate = std::min(promise.rate, rateLeft);
        outcome.grantedRate = TokensPerMinute{promise.rate};
    }

    // Decisions

    [[nodiscard]] Ask askOf(std::size_t i) const {
        const BurstLoan& asked = loan(i);
        return {{asked.start, asked.end}, asked.tokens.value(), asked.tokensPerMinute.value()};
    }

    [[nodiscard]] Asker asker(std::size_t i) const {
        const LoanRequest& request = requests_[i];
        return {&rules_,          &book_,         lendable(i), request.pool, request.team,
                request.baseline, loan(i).reason, created(i),  now_};
    }

    bool decideOne(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        outcome.decidedAt = decidedNow();
        const Asker who = asker(i);
        Ask ask = askOf(i);
        LoanRule broken = firstBroken(who, ask);
        if (broken != LoanRule::None && loan(i).acceptPartial) {
            Ask less = ask;
            less.tokens = std::min(ask.tokens, largestAmount(who, ask.span));
            if (less.tokens > 0 && firstBroken(who, less) == LoanRule::None) {
                ask = less;
                broken = LoanRule::None;
            }
        }
        if (broken != LoanRule::None) {
            outcome.phase = LoanPhase::Denied;
            outcome.rule = broken;
            outcome.message = explain(broken, who, ask) + lastLoan(i);
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
        if (outcome.phase == LoanPhase::Active) outcome.inForce = outcome.granted;
        const bool partial = outcome.granted < loan(i).tokens;
        outcome.message =
            fmt::format(
                "approved: {} tokens{} from {} until {}", formatThousands(ask.tokens),
                partial ? fmt::format(" of the {} asked for", formatThousands(loan(i).tokens.value())) : std::string{},
                formatInstant(span.start), formatInstant(span.end)) +
            lastLoan(i);
        book_.add(promiseOf(i, span));
    }

    void addHints(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        const Asker who = asker(i);
        const Ask ask = askOf(i);
        Ask less = ask;
        less.tokens = std::min(ask.tokens, largestAmount(who, ask.span));
        const bool some = less.tokens > 0 && firstBroken(who, less) == LoanRule::None;
        outcome.largestApprovable = Tokens{some ? less.tokens : 0};
        outcome.earliestStart = earliestStart(who, ask);
    }

    void sum() {
        for (const Promise& promise : book_.all()) {
            if (overlaps(promise.windows, current(promise.request))) {
                loans_.pools[promise.pool].promised += Tokens{promise.tokens};
            }
        }
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            const LoanOutcome& outcome = loans_.outcomes[i];
            PoolLoans& pool = loans_.pools[requests_[i].pool];
            if (overlaps({outcome.effectiveStart, outcome.effectiveEnd}, current(i))) pool.drawn += outcome.drawn;
            if (outcome.phase == LoanPhase::Active) pool.lent += outcome.granted;
        }
    }

    const api::Borrowing& rules_;
    const std::vector<Lendable>& pools_;
    const std::vector<LoanRequest>& requests_;
    const Instant now_;
    PromiseBook book_;
    PolicyLoans loans_;
};

}  // namespace

std::string hintSentence(const LoanOutcome& outcome) {
    std::string text;
    if (outcome.phase != LoanPhase::Denied) return text;
    if (outcome.largestApprovable && !outcome.largestApprovable->isZero()) {
        text = fmt::format("{} tokens would be approved", formatThousands(outcome.largestApprovable->value()));
    }
    if (outcome.earliestStart) {
        text += fmt::format("{}as asked from {} on", text.empty() ? "" : "; ", formatInstant(*outcome.earliestStart));
    }
    return text;
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
