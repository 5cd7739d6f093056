#include "controllers/treasury/lending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/loan_state.hpp"

namespace bursar::treasury {
namespace {

using api::BurstLoan;
using api::LoanPhase;
using api::Tokens;
using api::TokensPerMinute;

// TeamQuotas by namespace and name, as loans refer to them.
class QuotaIndex {
  public:
    explicit QuotaIndex(const World& world) {
        for (const auto& quota : world.quotas) quotas_[{quota->meta.ns, quota->meta.name}] = quota.get();
    }
    [[nodiscard]] const api::TeamQuota* of(const BurstLoan& loan) const {
        const auto found = quotas_.find({loan.meta.ns, loan.teamQuota});
        return found == quotas_.end() ? nullptr : found->second;
    }

  private:
    std::map<std::pair<std::string_view, std::string_view>, const api::TeamQuota*> quotas_;
};

// What was decided about a loan, as its status holds it.
LoanOutcome recordedOutcome(const BurstLoan& loan) {
    LoanOutcome outcome;
    if (!loan.record) return outcome;
    const api::LoanRecord& record = *loan.record;
    const TimeWindow span = activeSpan(loan, record.decidedAt);
    outcome.phase = record.phase;
    outcome.granted = record.granted;
    outcome.grantedRate = record.grantedTokensPerMinute;
    outcome.drawn = record.drawn;
    outcome.decidedAt = record.decidedAt;
    outcome.effectiveStart = span.start;
    outcome.effectiveEnd = std::min(span.end, record.effectiveEnd.value_or(span.end));
    outcome.curtailed = record.curtailed;
    outcome.backToBaseline = record.backToBaseline;
    outcome.rule = loanRuleOf(record.rule);
    outcome.message = record.message;
    outcome.largestApprovable = record.largestApprovable;
    outcome.earliestStart = record.earliestStart;
    return outcome;
}

// A loan that cannot be decided holds no tokens: what it had is returned now, for good. A loan without a decision on
// its current spec waits.
LoanOutcome withoutPromise(const BurstLoan& loan, Instant now, const std::string& why) {
    if (isOpen(loan)) {
        LoanOutcome waiting;
        waiting.message = why;
        return waiting;
    }
    LoanOutcome outcome = recordedOutcome(loan);
    outcome.effectiveEnd = std::min(outcome.effectiveEnd, now);
    if (outcome.phase == LoanPhase::Active) {
        outcome.phase = LoanPhase::Returned;
        outcome.message = fmt::format("returned at {}: {}", formatInstant(now), why);
    } else if (outcome.phase == LoanPhase::Scheduled) {
        outcome.phase = LoanPhase::Cancelled;
        outcome.message = fmt::format("cancelled at {}: {}", formatInstant(now), why);
    }
    return outcome;
}

// The loan goes on as it was approved; only time changes its phase.
LoanOutcome withPromise(const BurstLoan& loan, Instant now) {
    LoanOutcome outcome = recordedOutcome(loan);
    outcome.phase = promisedPhase(loan, now);
    if (outcome.phase == LoanPhase::Returned) {
        outcome.message = fmt::format("returned at {}", formatInstant(outcome.effectiveEnd));
    }
    return outcome;
}

LoanDecision decisionFor(const BurstLoan& loan) {
    LoanDecision decision;
    decision.ns = loan.meta.ns;
    decision.name = loan.meta.name;
    decision.pool = loan.pool;
    return decision;
}

LoanDecision undecidable(const BurstLoan& loan, Instant now, Problem problem) {
    LoanDecision decision = decisionFor(loan);
    decision.outcome = withoutPromise(loan, now, problem.toString());
    decision.problems.push_back(std::move(problem));
    return decision;
}

LoanDecision withoutPolicy(const BurstLoan& loan, Instant now, Problem problem) {
    const bool promised = isPromised(loan) && loan.record->phase != LoanPhase::Returned && !loan.deletedAt;
    if (!promised) return undecidable(loan, now, std::move(problem));
    const Instant until = loan.record->policyMissingSince.value_or(now) + kMissingPolicyGrace;
    if (now >= until) return undecidable(loan, now, std::move(problem));
    LoanDecision decision = decisionFor(loan);
    decision.outcome = withPromise(loan, now);
    decision.keptUntil = until;
    decision.problems.push_back(std::move(problem));
    return decision;
}

Problem noBudget(const BurstLoan& loan) {
    return {api::reason::kNoBudget, "spec.pool",
            fmt::format("TeamQuota \"{}\" has no budget in pool \"{}\"; request the pool there first", loan.teamQuota,
                        loan.pool)};
}

Problem quotaNotFound(const BurstLoan& loan) {
    return {api::reason::kQuotaNotFound, "spec.teamQuota",
            fmt::format("there is no TeamQuota \"{}\" in namespace \"{}\"; a loan is for a team of its own namespace",
                        loan.teamQuota, loan.meta.ns)};
}

// No field of the loan is wrong, but one of its TeamQuota is.
Problem policyNotFound(const api::TeamQuota& quota) {
    return {api::reason::kPolicyNotFound, "",
            fmt::format("TeamQuota \"{}\" names the AllocationPolicy \"{}\", which does not exist; fix it first",
                        quota.meta.name, quota.policy)};
}

class PolicyLender {
  public:
    PolicyLender(const World& world, Instant now, const api::AllocationPolicy& policy,
                 std::vector<QuotaDecision>& quotas, PolicyDecision& decision)
        : now_(now), policy_(policy), quotas_(quotas), decision_(decision) {
        const auto usage = world.usage.find(policy.meta.name);
        if (usage != world.usage.end()) usage_ = &usage->second;
        const auto recent = world.recentBaselines.find(policy.meta.name);
        if (recent != world.recentBaselines.end()) recent_ = recent->second.get();
        for (std::size_t i = 0; i < policy.pools.size(); ++i) poolIndex_.try_emplace(policy.pools[i].name, i);
    }

    std::vector<LoanDecision> lend(const std::vector<PlacedLoan>& loans) {
        for (const PlacedLoan& loan : loans) gather(*loan.loan, quotas_[loan.quota]);
        std::vector<Lendable> pools;
        for (std::size_t i = 0; i < policy_.pools.size(); ++i) pools.push_back(lendable(i));
        PolicyLoans decided = decideLoans(policy_.borrowing, pools, requests_, now_);
        for (std::size_t i = 0; i < pools.size(); ++i) describePool(i, pools[i], decided.pools[i]);
        nameChanges(decided);
        for (std::size_t i = 0; i < requests_.size(); ++i) take(i, std::move(decided.outcomes[i]));
        return std::move(loans_);
    }

  private:
    [[nodiscard]] Lendable lendable(std::size_t i) const {
        const api::Pool& pool = policy_.pools[i];
        Lendable lendable;
        lendable.window = pool.window;
        lendable.tokens = decision_.pools[i].reserve;
        if (pool.unallocated == api::Unallocated::BurstPool) lendable.tokens += decision_.pools[i].unallocated;
        if (pool.tokensPerMinute) {
            lendable.rate = TokensPerMinute{api::percentOf(pool.tokensPerMinute->value(), pool.burstPercent)};
        }
        return lendable;
    }

    void gather(const BurstLoan& loan, QuotaDecision& quota) {
        if (!loan.errors.empty()) {
            const api::FieldError& error = loan.errors.front();
            add(undecidable(loan, now_, {api::reason::kInvalidSpec, error.field, error.message}), quota);
            return;
        }
        const auto budget = std::find_if(quota.budgets.begin(), quota.budgets.end(),
                                         [&](const Budget& candidate) { return candidate.pool == loan.pool; });
        if (budget == quota.budgets.end()) {
            add(undecidable(loan, now_, noBudget(loan)), quota);
            return;
        }
        LoanRequest request;
        request.loan = &loan;
        request.pool = poolIndex_.at(loan.pool);
        request.team = quota.team;
        request.baseline = budget->baseline;
        request.base = borrowingBase(*budget, quota.team);
        request.consumed = budget->consumed;
        request.usedWhileActive = usedWhileActive(loan, quota.team, *budget);
        if (usage_ != nullptr) request.usageCompleteUpTo = usage_->completeUpTo;
        requests_.push_back(std::move(request));
        budgets_.push_back(&*budget);
        borrowers_.push_back(&quota);
    }

    // The mean keeps a baseline that is raised for a moment from raising the limit.
    [[nodiscard]] BorrowingBase borrowingBase(const Budget& budget, const std::string& team) const {
        if (recent_ == nullptr) return {budget.baseline, 0};
        const auto found = recent_->find({budget.pool, team});
        if (found == recent_->end() || found->second.mean >= budget.baseline) return {budget.baseline, 0};
        return {found->second.mean, found->second.windows};
    }

    void add(LoanDecision decision, const QuotaDecision& quota) {
        decision.policy = policy_.meta.name;
        decision.team = quota.team;
        loans_.push_back(std::move(decision));
    }

    // Used by the team in the current window while the loan was active. Nothing if that is not known, or if the loan is
    // not active in this window.
    [[nodiscard]] std::optional<Tokens> usedWhileActive(const BurstLoan& loan, const std::string& team,
                                                        const Budget& budget) {
        if (usage_ == nullptr || !usage_->known || !loan.record) return std::nullopt;
        TimeWindow span = activeSpan(loan, loan.record->decidedAt);
        if (loan.record->effectiveEnd) span.end = std::min(span.end, *loan.record->effectiveEnd);
        const TimeWindow& window = budget.span;
        if (!overlaps(span, window)) return std::nullopt;
        const UsedSince& since = usedSince(loan.pool, team, window);
        Tokens used = since.before(span.end).lessOrZero(since.before(span.start));
        // Before the first cut the loan was either active all the time or not at all.
        if (span.start < window.start) used += budget.consumed.lessOrZero(since.total());
        return used;
    }

    // Usage between the cuts of one window.
    struct UsedSince {
        std::vector<std::pair<Instant, Tokens>>
            upTo;  // a cut, and what was used from the first cut to the one after it

        [[nodiscard]] Tokens total() const { return upTo.empty() ? Tokens{} : upTo.back().second; }
        [[nodiscard]] Tokens before(Instant at) const {
            const auto first =
                std::partition_point(upTo.begin(), upTo.end(), [&](const auto& cut) { return cut.first < at; });
            return first == upTo.begin() ? Tokens{} : std::prev(first)->second;
        }
    };

    const UsedSince& usedSince(const std::string& pool, const std::string& team, const TimeWindow& window) {
        const auto [place, isNew] = usedSince_.try_emplace({pool, team});
        if (!isNew) return place->second;
        const auto found = usage_->consumedSince.find({pool, team, window.start});
        if (found == usage_->consumedSince.end()) return place->second;
        Tokens sum;
        for (const auto& [from, tokens] : found->second) place->second.upTo.emplace_back(from, sum += tokens);
        return place->second;
    }

    void take(std::size_t i, LoanOutcome outcome) {
        LoanDecision loan = decisionFor(*requests_[i].loan);
        raise(*budgets_[i], outcome.inForce,
              outcome.phase == LoanPhase::Active ? outcome.grantedRate : TokensPerMinute{});
        loan.outcome = std::move(outcome);
        add(std::move(loan), *borrowers_[i]);
    }

    void raise(Budget& budget, Tokens tokens, TokensPerMinute rate) {
        budget.loaned += tokens;
        budget.granted = budget.baseline + budget.loaned;
        budget.remaining = budget.granted.lessOrZero(budget.consumed);
        if (budget.tokensPerMinute) *budget.tokensPerMinute += rate;
    }

    void describePool(std::size_t i, const Lendable& lendable, const PoolLoans& loans) {
        PoolDecision& pool = decision_.pools[i];
        pool.loans = loans;
        pool.free = lendable.tokens.lessOrZero(loans.promised);
    }

    // The beginning or end of a loan, and by how many tokens it changes what is lent.
    struct Change {
        Instant at;
        const BurstLoan* loan;
        std::int64_t tokens;

        [[nodiscard]] auto key() const { return std::tie(at, loan->meta.ns, loan->meta.name, tokens); }
    };

    // The soonest changes of each pool.
    void nameChanges(const PolicyLoans& decided) {
        std::vector<std::vector<Change>> ofPools(decision_.pools.size());
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            const LoanOutcome& outcome = decided.outcomes[i];
            std::vector<Change>& changes = ofPools[requests_[i].pool];
            const bool scheduled = outcome.phase == LoanPhase::Scheduled;
            if (scheduled) changes.push_back({outcome.effectiveStart, requests_[i].loan, outcome.granted.value()});
            if (scheduled || outcome.phase == LoanPhase::Active)
                changes.push_back({outcome.effectiveEnd, requests_[i].loan, -outcome.granted.value()});
        }
        constexpr std::size_t kMostChanges = 10;
        for (std::size_t i = 0; i < ofPools.size(); ++i) {
            std::vector<Change>& changes = ofPools[i];
            const std::size_t most = std::min(changes.size(), kMostChanges);
            std::partial_sort(changes.begin(), changes.begin() + static_cast<std::ptrdiff_t>(most), changes.end(),
                              [](const Change& a, const Change& b) { return a.key() < b.key(); });
            for (std::size_t k = 0; k < most; ++k) {
                const Change& change = changes[k];
                decision_.pools[i].nextChanges.push_back({change.at, change.loan->meta.toString(), change.tokens});
            }
        }
    }

    const Instant now_;
    const api::AllocationPolicy& policy_;
    std::vector<QuotaDecision>& quotas_;
    PolicyDecision& decision_;
    const UsageView* usage_ = nullptr;
    const RecentBaselines* recent_ = nullptr;
    std::map<std::string_view, std::size_t> poolIndex_;
    std::map<std::pair<std::string_view, std::string_view>, UsedSince> usedSince_;  // by pool and team
    std::vector<LoanRequest> requests_;
    std::vector<Budget*> budgets_;           // of each request
    std::vector<QuotaDecision*> borrowers_;  // of each request
    std::vector<LoanDecision> loans_;
};

}  // namespace

LoansByPolicy placeLoans(const World& world, const std::vector<QuotaDecision>& quotas) {
    LoansByPolicy placed;
    for (const auto& loan : world.loans) {
        const auto wanted = std::tie(loan->meta.ns, loan->teamQuota);
        const auto quota =
            std::lower_bound(quotas.begin(), quotas.end(), wanted, [](const QuotaDecision& candidate, const auto& key) {
                return std::tie(candidate.ns, candidate.name) < key;
            });
        if (quota == quotas.end() || std::tie(quota->ns, quota->name) != wanted) continue;
        placed[quota->policy].push_back({loan.get(), static_cast<std::size_t>(quota - quotas.begin())});
    }
    return placed;
}

std::vector<LoanDecision> lend(const World& world, Instant now, const api::AllocationPolicy& policy,
                               const std::vector<PlacedLoan>& loans, std::vector<QuotaDecision>& quotas,
                               PolicyDecision& decision) {
    return PolicyLender{world, now, policy, quotas, decision}.lend(loans);
}

std::vector<LoanDecision> decideStrays(const World& world, Instant now) {
    std::vector<LoanDecision> strays;
    if (world.loans.empty()) return strays;
    const QuotaIndex quotas{world};
    std::set<std::string_view> policies;
    for (const auto& policy : world.policies) policies.insert(policy->meta.name);
    for (const auto& loan : world.loans) {
        const api::TeamQuota* quota = quotas.of(*loan);
        if (quota == nullptr) {
            strays.push_back(undecidable(*loan, now, quotaNotFound(*loan)));
            continue;
        }
        if (!policies.contains(quota->policy)) strays.push_back(withoutPolicy(*loan, now, policyNotFound(*quota)));
    }
    return strays;
}

std::map<std::string, Cuts> loanCuts(const World& world) {
    std::map<std::string, Cuts> cuts;
    if (world.loans.empty()) return cuts;
    const QuotaIndex quotas{world};
    for (const auto& loan : world.loans) {
        const api::TeamQuota* quota = quotas.of(*loan);
        if (quota == nullptr || !loan->record || loan->record->decidedAt == Instant{}) continue;
        const LoanPhase phase = loan->record->phase;
        if (phase == LoanPhase::Denied || phase == LoanPhase::Cancelled) continue;  // never drawn on
        const TimeWindow span = activeSpan(*loan, loan->record->decidedAt);
        std::set<Instant>& at = cuts[quota->policy][{loan->pool, quota->team}];
        at.insert(span.start);
        at.insert(span.end);
        if (loan->record->effectiveEnd) at.insert(std::min(span.end, *loan->record->effectiveEnd));
    }
    return cuts;
}

}  // namespace bursar::treasury
