#include "controllers/treasury/lending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "controllers/api/condition_reasons.hpp"

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

// A loan that cannot be decided holds no tokens: what it had is returned.
LoanOutcome withoutPromise(const BurstLoan& loan, Instant now) {
    LoanOutcome outcome;
    if (!loan.record) return outcome;
    outcome.phase = loan.record->phase;
    outcome.decidedAt = loan.record->decidedAt;
    outcome.granted = loan.record->granted;
    outcome.drawn = loan.record->drawn;
    outcome.effectiveEnd = loan.record->effectiveEnd.value_or(now);
    outcome.largestApprovable = loan.record->largestApprovable;
    outcome.earliestStart = loan.record->earliestStart;
    if (outcome.phase == LoanPhase::Active) outcome.phase = LoanPhase::Returned;
    if (outcome.phase == LoanPhase::Scheduled) outcome.phase = LoanPhase::Cancelled;
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
    decision.outcome = withoutPromise(loan, now);
    decision.outcome.message = problem.toString();
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
        : world_(world), now_(now), policy_(policy), quotas_(quotas), decision_(decision) {
        const auto usage = world.usage.find(policy.meta.name);
        if (usage != world.usage.end()) usage_ = &usage->second;
    }

    std::vector<LoanDecision> lend() {
        for (const auto& loan : world_.loans) gather(*loan);
        std::vector<Lendable> pools;
        for (std::size_t i = 0; i < policy_.pools.size(); ++i) pools.push_back(lendable(i));
        PolicyLoans loans = decideLoans(policy_.borrowing, pools, requests_, now_);
        for (std::size_t i = 0; i < requests_.size(); ++i) take(i, std::move(loans.outcomes[i]));
        for (std::size_t i = 0; i < pools.size(); ++i) describePool(i, pools[i], loans.pools[i]);
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

    void gather(const BurstLoan& loan) {
        const auto wanted = std::tie(loan.meta.ns, loan.teamQuota);
        const auto quota = std::lower_bound(quotas_.begin(), quotas_.end(), wanted,
                                            [](const QuotaDecision& candidate, const auto& key) {
                                                return std::tie(candidate.ns, candidate.name) < key;
                                            });
        if (quota == quotas_.end() || std::tie(quota->ns, quota->name) != wanted) return;
        if (quota->policy != policy_.meta.name) return;
        if (!loan.errors.empty()) {
            const api::FieldError& error = loan.errors.front();
            add(undecidable(loan, now_, {api::reason::kInvalidSpec, error.field, error.message}), *quota);
            return;
        }
        const auto budget = std::find_if(quota->budgets.begin(), quota->budgets.end(),
                                         [&](const Budget& candidate) { return candidate.pool == loan.pool; });
        if (budget == quota->budgets.end()) {
            add(undecidable(loan, now_, noBudget(loan)), *quota);
            return;
        }
        const auto pool = std::find_if(policy_.pools.begin(), policy_.pools.end(),
                                       [&](const api::Pool& candidate) { return candidate.name == loan.pool; });
        requests_.push_back({&loan, static_cast<std::size_t>(pool - policy_.pools.begin()), quota->team,
                             budget->baseline, budget->consumed,
                             usedWhileActive(loan, quota->team, budget->span, budget->consumed),
                             usage_ == nullptr ? Instant{} : usage_->completeUpTo});
        budgets_.push_back({static_cast<std::size_t>(quota - quotas_.begin()),
                            static_cast<std::size_t>(budget - quota->budgets.begin())});
    }

    void add(LoanDecision decision, const QuotaDecision& quota) {
        decision.policy = policy_.meta.name;
        decision.team = quota.team;
        loans_.push_back(std::move(decision));
    }

    [[nodiscard]] std::optional<Tokens> usedWhileActive(const BurstLoan& loan, const std::string& team,
                                                        const TimeWindow& window, Tokens consumed) const {
        if (usage_ == nullptr || !usage_->known || !loan.record) return std::nullopt;
        TimeWindow span = activeSpan(loan, loan.record->decidedAt);
        if (loan.record->effectiveEnd) span.end = std::min(span.end, *loan.record->effectiveEnd);
        Tokens used;
        Tokens later;  // consumed after the first cut of this window
        const auto found = usage_->consumedSince.find({loan.pool, team, window.start});
        if (found != usage_->consumedSince.end()) {
            for (const auto& [from, tokens] : found->second) {
                later += tokens;
                if (from >= span.start && from < span.end) used += tokens;
            }
        }
        // Before the first cut, the loan was either active all the time or not at all.
        if (span.start < window.start && span.end > window.start) used += consumed.lessOrZero(later);
        return used;
    }

    void take(std::size_t i, LoanOutcome outcome) {
        const auto& [quota, index] = budgets_[i];
        Budget& budget = quotas_[quota].budgets[index];
        LoanDecision loan = decisionFor(*requests_[i].loan);
        raise(budget, outcome.inForce, outcome.phase == LoanPhase::Active ? outcome.grantedRate : TokensPerMinute{});
        loan.outcome = std::move(outcome);
        add(std::move(loan), quotas_[quota]);
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
        for (std::size_t j = 0; j < requests_.size(); ++j) {
            if (requests_[j].pool != i) continue;
            const LoanOutcome& outcome = loans_[firstOutcome() + j].outcome;
            const std::string name = requests_[j].loan->meta.toString();
            if (outcome.phase == LoanPhase::Scheduled) {
                pool.nextChanges.push_back({outcome.effectiveStart, name, outcome.granted.value()});
            }
            if (outcome.phase == LoanPhase::Scheduled || outcome.phase == LoanPhase::Active) {
                pool.nextChanges.push_back({outcome.effectiveEnd, name, -outcome.granted.value()});
            }
        }
        std::sort(pool.nextChanges.begin(), pool.nextChanges.end(), [](const auto& a, const auto& b) {
            return std::tie(a.at, a.loan, a.tokens) < std::tie(b.at, b.loan, b.tokens);
        });
        constexpr std::size_t kMostChanges = 10;
        if (pool.nextChanges.size() > kMostChanges) pool.nextChanges.resize(kMostChanges);
    }

    // Undecidable loans were added first.
    [[nodiscard]] std::size_t firstOutcome() const { return loans_.size() - requests_.size(); }

    const World& world_;
    const Instant now_;
    const api::AllocationPolicy& policy_;
    std::vector<QuotaDecision>& quotas_;
    PolicyDecision& decision_;
    const UsageView* usage_ = nullptr;
    std::vector<LoanRequest> requests_;
    std::vector<std::pair<std::size_t, std::size_t>> budgets_;  // of each request: quota, budget
    std::vector<LoanDecision> loans_;
};

}  // namespace

std::vector<LoanDecision> lend(const World& world, Instant now, const api::AllocationPolicy& policy,
                               std::vector<QuotaDecision>& quotas, PolicyDecision& decision) {
    return PolicyLender{world, now, policy, quotas, decision}.lend();
}

std::vector<LoanDecision> decideStrays(const World& world, Instant now) {
    std::vector<LoanDecision> strays;
    if (world.loans.empty()) return strays;
    const QuotaIndex quotas{world};
    for (const auto& loan : world.loans) {
        const api::TeamQuota* quota = quotas.of(*loan);
        if (quota == nullptr) {
            strays.push_back(undecidable(*loan, now, quotaNotFound(*loan)));
            continue;
        }
        const bool known = std::any_of(world.policies.begin(), world.policies.end(),
                                       [&](const auto& policy) { return policy->meta.name == quota->policy; });
        if (!known) strays.push_back(undecidable(*loan, now, policyNotFound(*quota)));
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
        const TimeWindow span = activeSpan(*loan, loan->record->decidedAt);
        std::set<Instant>& at = cuts[quota->policy][{loan->pool, quota->team}];
        at.insert(span.start);
        at.insert(span.end);
        if (loan->record->effectiveEnd) at.insert(std::min(span.end, *loan->record->effectiveEnd));
    }
    return cuts;
}

}  // namespace bursar::treasury
