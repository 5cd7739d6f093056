#include "controllers/treasury/borrowing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/treasury/loan_state.hpp"

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
        : rules_(rules),
          pools_(pools),
          requests_(requests),
          now_(now),
          decidedNow_(std::chrono::ceil<std::chrono::seconds>(now)),
          order_(byAge()),
          team_(numberTeams()),
          unread_(beyondReading()),
          book_(pools.size(), teamCount_, possiblePromises()) {
        loans_.outcomes.resize(requests.size());
        loans_.pools.resize(pools.size());
    }

    PolicyLoans decide() {
        keepPromises();
        holdUnsettled();
        std::vector<std::size_t> unmet;
        for (const std::size_t i : order_) {
            if (unread_[i]) {
                if (isOpen(loan(i))) refuseUnread(i);
            } else if (isOpen(loan(i)) ? !decideOne(i) : isStandingDenial(i)) {
                unmet.push_back(i);
            }
        }
        // Hints come last: the loans they suggest must be approvable beside every loan decided now.
        for (const std::size_t i : unmet) addHints(i);
        sum();
        return std::move(loans_);
    }

  private:
    [[nodiscard]] const BurstLoan& loan(std::size_t i) const { return *requests_[i].loan; }
    [[nodiscard]] TimeWindow spanOf(std::size_t i) const { return promisedSpan(loan(i), now_); }
    [[nodiscard]] LoanPhase phaseNow(std::size_t i) const { return promisedPhase(loan(i), now_); }

    [[nodiscard]] const Lendable& lendable(std::size_t i) const { return pools_[requests_[i].pool]; }
    // The open budget window of the loan's pool.
    [[nodiscard]] TimeWindow current(std::size_t i) const { return windowAt(now_, lendable(i).window); }
    [[nodiscard]] TimeWindow windows(std::size_t i, const TimeWindow& span) const {
        return windowsTouched(span, lendable(i).window);
    }

    // Requests, oldest first.
    [[nodiscard]] std::vector<std::size_t> byAge() const {
        std::vector<std::size_t> order(requests_.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return before(a, b); });
        return order;
    }

    // The team of each request, as a number from 0.
    [[nodiscard]] std::vector<std::size_t> numberTeams() {
        std::map<std::string_view, std::size_t> numbers;
        std::vector<std::size_t> teams;
        teams.reserve(requests_.size());
        for (const LoanRequest& request : requests_) {
            teams.push_back(numbers.try_emplace(request.team, numbers.size()).first->second);
        }
        teamCount_ = numbers.size();
        return teams;
    }

    // True for each request that is denied unread, because its team has too many older ones.
    [[nodiscard]] std::vector<bool> beyondReading() const {
        const auto most = static_cast<std::size_t>(std::max(0, rules_.maxPromisedPerTeam)) * kRequestsReadPerPromise;
        std::vector<std::size_t> counts(teamCount_);
        std::vector<bool> beyond(requests_.size());
        for (const std::size_t i : order_) {
            if (isOver(loan(i), now_)) continue;
            beyond[i] = counts[team_[i]]++ >= most && !isPromised(loan(i));
        }
        return beyond;
    }

    // Every promise that may be added to the book.
    [[nodiscard]] std::vector<PossiblePromise> possiblePromises() const {
        std::vector<PossiblePromise> possible;
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            const bool promised = isPromised(loan(i));
            if (promised ? holdsNothing(i) : !isOpen(loan(i)) || unread_[i]) continue;
            const TimeWindow span = promised ? spanOf(i) : activeSpan(loan(i), decidedNow_);
            if (span.end > span.start) possible.push_back({requests_[i].pool, team_[i], span, windows(i, span)});
        }
        return possible;
    }

    [[nodiscard]] Instant created(std::size_t i) const {
        return loan(i).meta.created == Instant{} ? now_ : loan(i).meta.created;
    }

    // When the spec was first seen: at its creation, or for an edit at its decision. The advice of a denied request
    // counts from the next full hour, which leaves time for an edit and changes the status at most once an hour.
    [[nodiscard]] Instant firstSeen(std::size_t i) const {
        if (!isOpen(loan(i))) return std::chrono::ceil<std::chrono::hours>(now_);
        const bool edited = isEdited(loan(i)) || loan(i).meta.generation > 1;
        return edited ? decidedNow_ : created(i);
    }

    [[nodiscard]] bool before(std::size_t a, std::size_t b) const {
        if (created(a) != created(b)) return created(a) < created(b);
        return std::tie(loan(a).meta.ns, loan(a).meta.name) < std::tie(loan(b).meta.ns, loan(b).meta.name);
    }

    [[nodiscard]] bool isStandingDenial(std::size_t i) const {
        if (loans_.outcomes[i].phase != LoanPhase::Denied || loan(i).deletedAt) return false;
        return loan(i).start && *loan(i).start > now_;
    }

    // Promises

    void keepPromises() {
        std::vector<std::size_t> kept;
        for (const std::size_t i : order_) {
            if (isOpen(loan(i))) continue;
            if (isPromised(loan(i))) {
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

    // Its last window and its cooldown are over, so it has no influence on any decision.
    [[nodiscard]] bool holdsNothing(std::size_t i) const {
        const TimeWindow span = spanOf(i);
        if (phaseNow(i) != LoanPhase::Returned) return false;
        return span.end <= span.start || (windows(i, span).end <= now_ && span.end + rules_.cooldown <= now_);
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
        if (outcome.phase == LoanPhase::Returned) rememberReturned(i);
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
        if (holdsNothing(i)) return;
        promise.drawn = overlaps(span, current(i)) ? outcome.drawn.value() : 0;
        book_.add(std::move(promise));
    }

    // Of the team's returned loans in a pool, the one that ended last: part of the next decision's message.
    void rememberReturned(std::size_t i) {
        const auto [last, isFirst] = lastReturned_.try_emplace({team_[i], requests_[i].pool}, i);
        if (loans_.outcomes[i].effectiveEnd > loans_.outcomes[last->second].effectiveEnd) last->second = i;
    }

    // Once usage is known, the undrawn tokens of a loan that ended in this window can be lent again. Until then they
    // are held, so that usage counted late takes nothing from a newer promise.
    void holdUnsettled() {
        for (const std::size_t i : order_) {
            const LoanOutcome& outcome = loans_.outcomes[i];
            const TimeWindow span{outcome.effectiveStart, outcome.effectiveEnd};
            const bool ended = outcome.phase == LoanPhase::Returned && overlaps(span, current(i)) && !holdsNothing(i);
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
        return std::max<std::int64_t>(
            0, lendable(promise.request).tokens.value() - book_.tokens(promise.pool).peak(ahead));
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
        const auto last = lastReturned_.find({team_[i], requests_[i].pool});
        if (last == lastReturned_.end()) return {};
        const std::string& name = loan(last->second).meta.name;
        switch (loans_.outcomes[last->second].backToBaseline) {
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
        return Tokens{book_.drawnBeside(team_[i], requests_[i].pool, span)};
    }

    [[nodiscard]] Promise promiseOf(std::size_t i, const TimeWindow& span) const {
        Promise promise;
        promise.request = i;
        promise.pool = requests_[i].pool;
        promise.team = team_[i];
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
        const std::int64_t rateHeld = book_.rate(promise.pool).peak(promise.span);
        const std::int64_t rateLeft = std::max<std::int64_t>(0, lendable(i).rate.value() - rateHeld);
        promise.rate = std::min(promise.rate, rateLeft);
        outcome.grantedRate = TokensPerMinute{promise.rate};
    }

    // Decisions

    // A start before the decision counts as the time of the decision.
    [[nodiscard]] Ask askOf(std::size_t i) const {
        const BurstLoan& asked = loan(i);
        const Instant start = std::max(asked.start.value_or(decidedNow_), decidedNow_);
        return {{start, asked.end}, asked.tokens.value(), asked.tokensPerMinute.value()};
    }

    [[nodiscard]] Asker asker(std::size_t i) const {
        Asker who;
        who.rules = &rules_;
        who.book = &book_;
        who.lendable = lendable(i);
        who.pool = requests_[i].pool;
        who.team = team_[i];
        who.base = requests_[i].base;
        who.reason = loan(i).reason;
        who.seen = firstSeen(i);
        who.now = decidedNow_;
        return who;
    }

    void refuseUnread(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        outcome.decidedAt = decidedNow_;
        outcome.phase = LoanPhase::Denied;
        outcome.rule = LoanRule::TooManyPromised;
        const int most = rules_.maxPromisedPerTeam * kRequestsReadPerPromise;
        outcome.message = fmt::format(
            "not read: the team has more than {} requests that are not over, and only the oldest {} are read; delete "
            "those that are denied or no longer needed, then edit this one",
            most, most);
    }

    bool decideOne(std::size_t i) {
        LoanOutcome& outcome = loans_.outcomes[i];
        outcome.decidedAt = decidedNow_;
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
        // A later loan has its full length, even if this one has lost time by waiting.
        Ask later = ask;
        if (loan(i).start) later.span.end = ask.span.start + (loan(i).end - *loan(i).start);
        outcome.earliestStart = earliestStart(who, later);
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
    const Instant decidedNow_;  // a decision's time, in whole seconds
    const std::vector<std::size_t> order_;
    std::size_t teamCount_ = 0;
    const std::vector<std::size_t> team_;
    const std::vector<bool> unread_;
    PromiseBook book_;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> lastReturned_;  // request, by team and pool
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

PolicyLoans decideLoans(const api::Borrowing& rules, const std::vector<Lendable>& pools,
                        const std::vector<LoanRequest>& requests, Instant now) {
    return Lender{rules, pools, requests, now}.decide();
}

}  // namespace bursar::treasury
