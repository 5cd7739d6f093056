#include "controllers/treasury/decide.hpp"

#include <algorithm>

#include "controllers/treasury/allocation.hpp"
#include "controllers/treasury/lending.hpp"
#include "controllers/treasury/membership.hpp"
#include "controllers/treasury/rationale.hpp"

namespace bursar::treasury {
namespace {

using api::Tokens;
using api::TokensPerMinute;
using api::Wide;

// What leadership says of a team in a pool: the entry for that pool wins over the one for all pools, as a whole.
const api::Weight* weightEntry(const api::AllocationPolicy& policy, const std::string& team, const std::string& pool) {
    const api::Weight* general = nullptr;
    for (const api::Weight& entry : policy.weights) {
        if (entry.team != team) continue;
        if (entry.pool == pool) return &entry;
        if (entry.pool.empty() && general == nullptr) general = &entry;
    }
    return general;
}

struct Terms {
    Rationale rationale;
    Haircut haircut;
    bool floorSetClaim = false;
    bool ceilingSetClaim = false;
};

// History, forecast, haircut, claim (§3), before anything is divided.
Terms claimTerms(const World& world, const api::AllocationPolicy& policy, const api::Pool& pool,
                 const Participant& participant) {
    Terms terms;
    Rationale& r = terms.rationale;
    const std::string& team = participant.quota->team;
    r.historyPercent = policy.historyPercent;
    r.forecast = participant.request->forecast.value();
    const RecordKey key{policy.meta.name, pool.name, team};
    const auto record = world.record.find(key);
    const auto remembered = world.remembered.find(key);
    if (record != world.record.end() && !record->second.empty()) {
        r.history = meanConsumed(record->second.front());
        terms.haircut = computeHaircut(policy.forecastDiscipline, record->second);
    } else if (remembered != world.remembered.end()) {
        r.history = remembered->second.history;
        terms.haircut = remembered->second.haircut;
    }
    if (policy.forecastDiscipline.enforcement == api::Enforcement::Off) terms.haircut = {};
    r.advisoryHaircutPercent = terms.haircut.percent;
    const bool enforced = policy.forecastDiscipline.enforcement == api::Enforcement::Enforced;
    r.haircutPercent = enforced ? terms.haircut.percent : 0;
    r.credibleForecast = api::percentOf(r.forecast, 100 - r.haircutPercent);
    r.claim = r.credibleForecast;
    if (r.history) {
        const Wide blend = static_cast<Wide>(*r.history) * r.historyPercent +
                           static_cast<Wide>(r.credibleForecast) * (100 - r.historyPercent);
        r.claim = static_cast<std::int64_t>(blend / 100);
    }
    r.weight = policy.defaultWeight;
    if (const api::Weight* entry = weightEntry(policy, team, pool.name)) {
        r.weight = entry->weight.value_or(policy.defaultWeight);
        if (entry->floor) r.floor = entry->floor->value();
        if (entry->ceiling) r.ceiling = entry->ceiling->value();
    }
    if (r.floor && r.claim < *r.floor) {
        r.claim = *r.floor;
        terms.floorSetClaim = true;
    }
    if (r.ceiling && r.claim > *r.ceiling) {
        r.claim = *r.ceiling;
        terms.ceilingSetClaim = true;
    }
    return terms;
}

Bound boundOf(const Terms& terms, bool overcommitted) {
    const Rationale& r = terms.rationale;
    if (overcommitted) return Bound::Overcommitted;
    if (r.grant == r.claim) {
        if (terms.ceilingSetClaim) return Bound::Ceiling;
        return terms.floorSetClaim ? Bound::Floor : Bound::Claim;
    }
    return r.floor && r.grant <= *r.floor ? Bound::Floor : Bound::FairShare;
}

// The pool's rate (§3): the same rule, claims from the peaks asked for, and what is left over by weight.
std::vector<std::int64_t> divideRate(const api::Pool& pool, std::int64_t distributable,
                                     const std::vector<Participant>& participants, const std::vector<Terms>& terms) {
    const std::int64_t total =
        pool.tokensPerMinute->value() - api::percentOf(pool.tokensPerMinute->value(), pool.burstPercent);
    std::vector<Claim> claims;
    std::vector<std::int64_t> weights;
    for (std::size_t i = 0; i < participants.size(); ++i) {
        Claim claim;
        claim.weight = terms[i].rationale.weight;
        const auto& peak = participants[i].request->peakTokensPerMinute;
        if (peak) {
            claim.claim = peak->value();
        } else if (distributable > 0) {
            claim.claim =
                static_cast<std::int64_t>(static_cast<Wide>(terms[i].rationale.grant) * total / distributable);
        }
        claims.push_back(claim);
        weights.push_back(claim.weight);
    }
    std::vector<std::int64_t> rates = divideFairly(total, claims).grants;
    std::int64_t left = total;
    for (const std::int64_t rate : rates) left -= rate;
    const std::vector<std::int64_t> more = divideInProportion(left, weights);
    for (std::size_t i = 0; i < rates.size(); ++i) rates[i] += more[i];
    return rates;
}

Budget makeBudget(const api::AllocationPolicy& policy, const api::Pool& pool, const TimeWindow& span, Terms terms,
                  Tokens consumed) {
    Budget budget;
    budget.pool = pool.name;
    budget.window = pool.window;
    budget.span = span;
    budget.baseline = Tokens{terms.rationale.grant};
    budget.granted = budget.baseline + budget.loaned;
    budget.consumed = consumed;
    budget.remaining = budget.granted.lessOrZero(consumed);
    terms.rationale.sentence = sentenceFor(terms.rationale, pool.window, policy.period);
    budget.rationale = std::move(terms.rationale);
    budget.forecastRecord = std::move(terms.haircut.terms);
    return budget;
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

    PolicyDecision decide(std::vector<LoanDecision>& loans) {
        PolicyDecision decision;
        decision.name = policy_.meta.name;
        for (const api::FieldError& error : policy_.errors)
            decision.problems.push_back({"InvalidSpec", error.toString()});
        if (!decision.problems.empty()) return decision;
        std::vector<std::string> teams;
        for (const api::Pool& pool : policy_.pools) {
            const auto& participants = membership_.participants[policy_.meta.name][pool.name];
            for (const Participant& participant : participants) teams.push_back(participant.quota->team);
            decision.pools.push_back(decidePool(pool, participants));
        }
        std::sort(teams.begin(), teams.end());
        decision.teamCount = static_cast<int>(std::unique(teams.begin(), teams.end()) - teams.begin());
        for (LoanDecision& loan : lend(world_, now_, policy_, membership_.decisions, decision)) {
            loans.push_back(std::move(loan));
        }
        addLimits(decision);
        std::sort(decision.limits.begin(), decision.limits.end(),
                  [](const Limit& a, const Limit& b) { return std::tie(a.team, a.pool) < std::tie(b.team, b.pool); });
        return decision;
    }

  private:
    // After the loans: a limit is what a budget came to.
    void addLimits(PolicyDecision& decision) {
        for (QuotaDecision& quota : membership_.decisions) {
            if (quota.policy != policy_.meta.name) continue;
            for (Budget& budget : quota.budgets) {
                budget.usedPercent = usedPercentOf(budget);
                decision.limits.push_back(
                    {quota.team, budget.pool, budget.window, budget.granted, budget.tokensPerMinute});
            }
        }
    }

    PoolDecision decidePool(const api::Pool& pool, const std::vector<Participant>& participants) {
        PoolDecision decision;
        decision.name = pool.name;
        decision.span = windowAt(now_, pool.window);
        decision.capacity = pool.tokensPerWindow;
        decision.reserve = Tokens{api::percentOf(pool.tokensPerWindow.value(), pool.burstPercent)};
        decision.distributable = decision.capacity.lessOrZero(decision.reserve);
        decision.teamCount = static_cast<int>(participants.size());
        decision.tokensPerMinute = pool.tokensPerMinute;
        decision.consumed = consumedByAll(pool.name, decision.span);

        std::vector<Terms> terms;
        std::vector<Claim> claims;
        Wide sumClaims = 0;
        for (const Participant& participant : participants) {
            terms.push_back(claimTerms(world_, policy_, pool, participant));
            const Rationale& r = terms.back().rationale;
            claims.push_back({r.claim, std::min(r.floor.value_or(0), r.claim), r.weight});
            sumClaims += r.claim;
        }
        const Division division = divideFairly(decision.distributable.value(), claims);
        decision.overcommitted = division.overcommitted;
        if (division.level) decision.level = division.level->whole();
        for (std::size_t i = 0; i < terms.size(); ++i) {
            terms[i].rationale.grant = division.grants[i];
            terms[i].rationale.level = decision.level;
            terms[i].rationale.bound = boundOf(terms[i], division.overcommitted);
            decision.granted += Tokens{division.grants[i]};
        }
        if (sumClaims < decision.distributable.value()) {
            decision.unallocated = Tokens{decision.distributable.value() - static_cast<std::int64_t>(sumClaims)};
        }
        std::vector<std::int64_t> rates;
        if (pool.tokensPerMinute) rates = divideRate(pool, decision.distributable.value(), participants, terms);
        for (std::size_t i = 0; i < participants.size(); ++i) {
            const std::string& team = participants[i].quota->team;
            Budget budget = makeBudget(policy_, pool, decision.span, std::move(terms[i]),
                                       consumedBy(team, pool.name, decision.span));
            if (!rates.empty()) budget.tokensPerMinute = TokensPerMinute{rates[i]};
            membership_.decisions[participants[i].decision].budgets.push_back(std::move(budget));
        }
        return decision;
    }

    Tokens consumedBy(const std::string& team, const std::string& pool, const TimeWindow& span) const {
        if (usage_ == nullptr) return Tokens{};
        const auto found = usage_->consumed.find({pool, team, span.start});
        return found == usage_->consumed.end() ? Tokens{} : found->second;
    }

    Tokens consumedByAll(const std::string& pool, const TimeWindow& span) const {
        Tokens sum;
        if (usage_ == nullptr) return sum;
        for (auto it = usage_->consumed.lower_bound({pool, "", Instant::min()});
             it != usage_->consumed.end() && it->first.pool == pool; ++it) {
            if (it->first.windowStart == span.start) sum += it->second;
        }
        return sum;
    }

    const World& world_;
    const Instant now_;
    const api::AllocationPolicy& policy_;
    Membership& membership_;
    const UsageView* usage_ = nullptr;
};

// Budgets in the order in which the team asked for them.
void orderAsRequested(QuotaDecision& decision, const api::TeamQuota& quota) {
    const auto rank = [&](const Budget& budget) {
        const auto found = std::find_if(quota.requests.begin(), quota.requests.end(),
                                        [&](const api::Request& request) { return request.pool == budget.pool; });
        return found - quota.requests.begin();
    };
    std::stable_sort(decision.budgets.begin(), decision.budgets.end(),
                     [&](const Budget& a, const Budget& b) { return rank(a) < rank(b); });
}

// When time alone changes something: a window ends, a loan begins or ends.
std::optional<Instant> nextChange(const Decisions& decisions, Instant now) {
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
    }
    return next;
}

}  // namespace

Decisions decide(const World& world, Instant now) {
    Decisions decisions;
    Membership membership = resolveMembership(world);
    std::vector<const api::AllocationPolicy*> policies;
    for (const auto& policy : world.policies) policies.push_back(policy.get());
    std::sort(policies.begin(), policies.end(),
              [](const auto* a, const auto* b) { return a->meta.name < b->meta.name; });
    for (const api::AllocationPolicy* policy : policies) {
        decisions.policies.push_back(PolicyDecider{world, now, *policy, membership}.decide(decisions.loans));
    }
    for (LoanDecision& stray : decideStrays(world, now)) decisions.loans.push_back(std::move(stray));
    std::sort(decisions.loans.begin(), decisions.loans.end(), [](const LoanDecision& a, const LoanDecision& b) {
        return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
    });
    decisions.nextChange = nextChange(decisions, now);
    std::map<std::pair<std::string_view, std::string_view>, const api::TeamQuota*> quotas;
    for (const auto& quota : world.quotas) quotas[{quota->meta.ns, quota->meta.name}] = quota.get();
    for (QuotaDecision& decision : membership.decisions) {
        orderAsRequested(decision, *quotas.at({decision.ns, decision.name}));
    }
    decisions.quotas = std::move(membership.decisions);
    return decisions;
}

}  // namespace bursar::treasury
