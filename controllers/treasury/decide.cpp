#include "controllers/treasury/decide.hpp"

#include <algorithm>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/treasury/allocation.hpp"
#include "controllers/treasury/claims.hpp"
#include "controllers/treasury/lending.hpp"
#include "controllers/treasury/membership.hpp"
#include "controllers/treasury/rates.hpp"
#include "controllers/treasury/rationale.hpp"
#include "controllers/treasury/sorting.hpp"

namespace bursar::treasury {
namespace {

using api::Tokens;
using api::TokensPerMinute;
using api::Wide;

// One team in decidePool(): its request, and its budget, which becomes part of the decision.
struct Share {
    const Participant* participant;
    Budget* budget;
};

void setRates(const api::Pool& pool, std::int64_t distributable, const std::vector<Share>& shares) {
    std::vector<RateRequest> teams;
    teams.reserve(shares.size());
    for (const Share& share : shares) {
        const Rationale& r = share.budget->rationale;
        teams.push_back({share.participant->request->peakTokensPerMinute, r.grant, r.weight});
    }
    const RateDivision division = divideRate(pool, distributable, teams);
    for (std::size_t i = 0; i < shares.size(); ++i) {
        shares[i].budget->tokensPerMinute = TokensPerMinute{division.rateOf(i)};
    }
}

int usedPercentOf(const Budget& budget) {
    if (budget.granted.isZero()) return budget.consumed.isZero() ? 0 : 100;
    const Wide percent = static_cast<Wide>(budget.consumed.value()) * 100 / budget.granted.value();
    return static_cast<int>(std::min<Wide>(percent, 1'000'000));
}

class PolicyDecider {
  public:
    PolicyDecider(const World& world, Instant now, const api::AllocationPolicy& policy, Membership& membership)
        : world_(world), now_(now), policy_(policy), membership_(membership) {
        const auto usage = world.usage.find(policy.meta.name);
        if (usage != world.usage.end()) usage_ = &usage->second;
    }

    // `requests`: the policy's loans, which it adds to `loans` with what was decided of them.
    PolicyDecision decide(const std::vector<PlacedLoan>& requests, std::vector<LoanDecision>& loans) {
        PolicyDecision decision;
        decision.name = policy_.meta.name;
        for (const api::FieldError& error : policy_.errors) {
            decision.problems.push_back({api::reason::kInvalidSpec, error.field, error.message});
        }
        if (!decision.problems.empty()) return decision;
        const WeightBook weights{policy_};
        for (std::size_t i = 0; i < policy_.pools.size(); ++i) {
            const auto& participants = membership_.participants.at(policy_.meta.name)[i];
            decision.pools.push_back(decidePool(policy_.pools[i], participants, weights));
        }
        for (LoanDecision& loan : lend(world_, now_, policy_, requests, membership_.decisions, decision)) {
            loans.push_back(std::move(loan));
        }
        addLimits(decision);
        sortUnlessSorted(decision.limits, [](const Limit& a, const Limit& b) {
            return std::tie(a.team, a.pool) < std::tie(b.team, b.pool);
        });
        return decision;
    }

  private:
    // Called after the loans, which raise the budgets: a limit is the final budget.
    void addLimits(PolicyDecision& decision) {
        decision.limits.reserve(membership_.decisions.size());
        for (QuotaDecision& quota : membership_.decisions) {
            if (quota.policy != policy_.meta.name || quota.budgets.empty()) continue;
            ++decision.teamCount;
            for (Budget& budget : quota.budgets) {
                budget.usedPercent = usedPercentOf(budget);
                decision.limits.push_back(
                    {quota.team, budget.pool, budget.window, budget.granted, budget.tokensPerMinute});
            }
        }
    }

    PoolDecision decidePool(const api::Pool& pool, const std::vector<Participant>& participants,
                            const WeightBook& weights) {
        PoolDecision decision;
        decision.name = pool.name;
        decision.window = pool.window;
        decision.span = windowAt(now_, pool.window);
        decision.capacity = pool.tokensPerWindow;
        decision.reserve = Tokens{api::percentOf(pool.tokensPerWindow.value(), pool.burstPercent)};
        decision.distributable = decision.capacity.lessOrZero(decision.reserve);
        decision.teamCount = static_cast<int>(participants.size());
        decision.tokensPerMinute = pool.tokensPerMinute;

        const std::vector<Share> shares = claimShares(pool, decision.span, participants, weights);
        divideTokens(decision, shares);
        if (pool.tokensPerMinute) setRates(pool, decision.distributable.value(), shares);
        decision.consumed = addConsumption(pool, decision.span, shares);
        for (const Share& share : shares) {
            Rationale& r = share.budget->rationale;
            r.sentence = sentenceFor(r, pool.window, policy_.period);
        }
        return decision;
    }

    // Adds a budget to the decision of each participant, with history, forecast, haircut and claim.
    std::vector<Share> claimShares(const api::Pool& pool, const TimeWindow& span,
                                   const std::vector<Participant>& participants, const WeightBook& weights) {
        RecordWalk records{world_, policy_.meta.name, pool.name};
        WeightBook::Walk entries{weights, pool.name};
        std::vector<Share> shares;
        shares.reserve(participants.size());
        for (const Participant& participant : participants) {
            const std::string& team = participant.quota->team;
            Remembered past = pastOf(team, pool.name, records.find(team));
            // Space is reserved for all requests, so pointers stay valid when another pool adds its budget.
            Budget& budget = membership_.decisions[participant.decision].budgets.emplace_back();
            budget.pool = pool.name;
            budget.window = pool.window;
            budget.span = span;
            budget.rationale = claimFor(policy_, entries.find(team), participant.request->forecast, past.history,
                                        past.haircut.percent);
            budget.forecastRecord = std::move(past.haircut.terms);
            shares.push_back({&participant, &budget});
        }
        return shares;
    }

    // History and haircut of one team: from its closed periods or, if those cannot be read, from the last decision.
    Remembered pastOf(const std::string& team, const std::string& pool, std::span<const PeriodRecord> record) const {
        const bool disciplined = policy_.forecastDiscipline.enforcement != api::Enforcement::Off;
        Remembered past;
        const auto found = record.empty() && !world_.remembered.empty()
                               ? world_.remembered.find({policy_.meta.name, pool, team})
                               : world_.remembered.end();
        if (found != world_.remembered.end()) {
            past = found->second;
            if (!disciplined) past.haircut = {};
        } else {
            past.history = historyOf(record);
            if (disciplined) past.haircut = computeHaircut(policy_.forecastDiscipline, record);
        }
        return past;
    }

    static void divideTokens(PoolDecision& pool, const std::vector<Share>& shares) {
        std::vector<Claim> claims;
        claims.reserve(shares.size());
        Wide sumClaims = 0;
        for (const Share& share : shares) {
            const Rationale& r = share.budget->rationale;
            claims.push_back(claimOf(r));
            sumClaims += r.claim;
        }
        const Division division = divideFairly(pool.distributable.value(), claims);
        pool.overcommitted = division.overcommitted;
        if (division.level) pool.level = division.level->whole();
        for (std::size_t i = 0; i < shares.size(); ++i) {
            Budget& budget = *shares[i].budget;
            budget.rationale.grant = division.grants[i];
            budget.rationale.level = pool.level;
            budget.rationale.bound = boundOf(budget.rationale, division.level, division.overcommitted);
            budget.baseline = Tokens{division.grants[i]};
            budget.granted = budget.baseline;
            pool.granted += budget.baseline;
        }
        if (sumClaims < pool.distributable.value()) {
            pool.unallocated = Tokens{pool.distributable.value() - static_cast<std::int64_t>(sumClaims)};
        }
    }

    // Sets what each budget's team consumed in this window. Returns the sum over all teams, including those without a
    // TeamQuota. Consumption is sorted by team within a pool, as the budgets are.
    Tokens addConsumption(const api::Pool& pool, const TimeWindow& span, const std::vector<Share>& shares) const {
        Tokens sum;
        auto share = shares.begin();
        if (usage_ != nullptr) {
            for (auto it = usage_->consumed.lower_bound({pool.name, "", Instant::min()});
                 it != usage_->consumed.end() && it->first.pool == pool.name; ++it) {
                if (it->first.windowStart != span.start) continue;
                sum += it->second;
                while (share != shares.end() && share->participant->quota->team < it->first.team) ++share;
                if (share != shares.end() && share->participant->quota->team == it->first.team) {
                    share->budget->consumed = it->second;
                }
            }
        }
        for (const Share& each : shares)
            each.budget->remaining = each.budget->granted.lessOrZero(each.budget->consumed);
        return sum;
    }

    const World& world_;
    const Instant now_;
    const api::AllocationPolicy& policy_;
    Membership& membership_;
    const UsageView* usage_ = nullptr;
};

// Sorts budgets in the order of the team's requests.
void orderAsRequested(QuotaDecision& decision, const api::TeamQuota& quota) {
    if (decision.budgets.size() < 2) return;
    const auto rank = [&](const Budget& budget) {
        const auto found = std::find_if(quota.requests.begin(), quota.requests.end(),
                                        [&](const api::Request& request) { return request.pool == budget.pool; });
        return found - quota.requests.begin();
    };
    std::stable_sort(decision.budgets.begin(), decision.budgets.end(),
                     [&](const Budget& a, const Budget& b) { return rank(a) < rank(b); });
}

using Policies = std::map<std::string, const api::AllocationPolicy*>;

// The next instant at which time alone changes the advice to a denied loan; nothing once the start it asked for has
// passed. Advice counts from the next full hour (borrowing.cpp), and a start that is too far ahead comes nearer.
std::optional<Instant> nextAdvice(const api::BurstLoan& loan, const api::Borrowing& rules, Instant now) {
    const bool denied = loan.record && loan.record->phase == api::LoanPhase::Denied && !loan.deletedAt;
    if (!denied || !loan.start || *loan.start <= now) return std::nullopt;
    const Instant nextHour = std::chrono::ceil<std::chrono::hours>(now) + Duration{1};
    const Instant nearEnough = *loan.start - rules.maxAdvance;
    return nearEnough > now ? std::min<Instant>(nextHour, nearEnough) : nextHour;
}

// The next instant at which time alone changes a decision: a window ends, a loan begins or ends, its cooldown is over,
// or advice to a denied request changes.
std::optional<Instant> nextChange(const Decisions& decisions, const Policies& policies, const LoansByPolicy& loans,
                                  Instant now) {
    std::optional<Instant> next;
    const auto at = [&](Instant instant) {
        if (instant > now) next = std::min(next.value_or(Instant::max()), instant);
    };
    for (const PolicyDecision& policy : decisions.policies) {
        for (const PoolDecision& pool : policy.pools) at(pool.span.end);
    }
    for (const LoanDecision& loan : decisions.loans) {
        if (loan.outcome.phase == api::LoanPhase::Scheduled) at(loan.outcome.effectiveStart);
        if (loan.outcome.phase == api::LoanPhase::Active) at(loan.outcome.effectiveEnd);
        if (loan.keptUntil) at(*loan.keptUntil);
        const bool judged = loan.outcome.backToBaseline != api::BackToBaseline::Unknown;
        const auto policy = policies.find(loan.policy);
        if (loan.outcome.phase != api::LoanPhase::Returned || judged || policy == policies.end()) continue;
        at(loan.outcome.effectiveEnd + policy->second->borrowing.cooldown);
    }
    for (const auto& [name, placed] : loans) {
        const auto policy = policies.find(std::string{name});
        if (policy == policies.end()) continue;
        for (const PlacedLoan& each : placed) {
            if (const auto advice = nextAdvice(*each.loan, policy->second->borrowing, now)) at(*advice);
        }
    }
    return next;
}

}  // namespace

Decisions decide(const World& world, Instant now) {
    Decisions decisions;
    Membership membership = resolveMembership(world);
    LoansByPolicy loans = placeLoans(world, membership.decisions);
    for (const auto& [name, policy] : membership.policies) {
        decisions.policies.push_back(
            PolicyDecider{world, now, *policy, membership}.decide(loans[policy->meta.name], decisions.loans));
    }
    for (LoanDecision& stray : decideStrays(world, now)) decisions.loans.push_back(std::move(stray));
    std::sort(decisions.loans.begin(), decisions.loans.end(), [](const LoanDecision& a, const LoanDecision& b) {
        return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
    });
    decisions.nextChange = nextChange(decisions, membership.policies, loans, now);
    for (std::size_t i = 0; i < membership.decisions.size(); ++i) {
        orderAsRequested(membership.decisions[i], *membership.quotas[i]);
    }
    decisions.quotas = std::move(membership.decisions);
    return decisions;
}

}  // namespace bursar::treasury
