#include "operator/cli/planning/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace bursar::cli {
namespace {

using treasury::Budget;
using treasury::Decisions;
using treasury::LoanDecision;
using treasury::PolicyDecision;
using treasury::PoolDecision;
using treasury::QuotaDecision;

struct Holder {
    const QuotaDecision* quota = nullptr;
    const Budget* budget = nullptr;
};

// Budgets by policy, pool and team.
using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
using Holders = std::map<Key, Holder>;

Holders holdersOf(const Decisions& decisions) {
    Holders holders;
    for (const QuotaDecision& quota : decisions.quotas) {
        for (const Budget& budget : quota.budgets) {
            holders[{quota.policy, budget.pool, quota.team}] = {&quota, &budget};
        }
    }
    return holders;
}

const PolicyDecision* findPolicy(const Decisions& decisions, std::string_view name) {
    const auto found = std::find_if(decisions.policies.begin(), decisions.policies.end(),
                                    [&](const PolicyDecision& policy) { return policy.name == name; });
    return found == decisions.policies.end() ? nullptr : &*found;
}

PlanGrant staying(const Holder& holder, const Holders& before) {
    PlanGrant grant = toGrant(*holder.quota, *holder.budget);
    const auto had = before.find({holder.quota->policy, holder.budget->pool, holder.quota->team});
    if (had != before.end()) grant.before = had->second.budget->rationale.grant;
    return grant;
}

PlanGrant leaving(const Holder& holder) {
    PlanGrant grant;
    grant.team = holder.quota->team;
    grant.ns = holder.quota->ns;
    grant.before = holder.budget->rationale.grant;
    grant.sentence = fmt::format("Leaves the pool: it had {} {}.", api::formatThousands(*grant.before),
                                 api::perWindow(holder.budget->window));
    return grant;
}

class Planner {
  public:
    Planner(const Side& after, const Side* before) : after_(after.decisions), holders_(holdersOf(after.decisions)) {
        if (before == nullptr) return;
        before_ = &before->decisions;
        had_ = holdersOf(*before_);
    }

    std::vector<PlanPolicy> policies() {
        std::vector<PlanPolicy> policies;
        for (const PolicyDecision& policy : after_.policies) policies.push_back(planned(policy));
        if (before_ == nullptr) return policies;
        for (const PolicyDecision& policy : before_->policies) {
            if (findPolicy(after_, policy.name) == nullptr) policies.push_back(gone(policy));
        }
        std::sort(policies.begin(), policies.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
        return policies;
    }

  private:
    [[nodiscard]] PlanPolicy planned(const PolicyDecision& policy) const {
        PlanPolicy plan{policy.name, {}, {}};
        if (!policy.problems.empty()) {
            // The limits in force stay, so no grant changes.
            plan.problem = policy.problems.front().toString();
            return plan;
        }
        for (const PoolDecision& pool : policy.pools) {
            plan.pools.push_back({pool.name, {}, pool, {}});
            fill(policy.name, plan.pools.back());
        }
        if (const PolicyDecision* before = before_ == nullptr ? nullptr : findPolicy(*before_, policy.name)) {
            addGonePools(*before, plan);
        }
        return plan;
    }

    [[nodiscard]] PlanPolicy gone(const PolicyDecision& policy) const {
        PlanPolicy plan{policy.name, {}, {}};
        addGonePools(policy, plan);
        return plan;
    }

    void addGonePools(const PolicyDecision& before, PlanPolicy& plan) const {
        for (const PoolDecision& pool : before.pools) {
            const bool stays = std::any_of(plan.pools.begin(), plan.pools.end(),
                                           [&](const PlanPool& there) { return there.name == pool.name; });
            if (stays) continue;
            plan.pools.push_back({pool.name, {}, std::nullopt, {}});
            fill(plan.name, plan.pools.back());
        }
    }

    void fill(const std::string& policy, PlanPool& pool) const {
        const auto inPool = [&](const Holders& holders, const auto& visit) {
            for (auto it = holders.lower_bound({policy, pool.name, ""}); it != holders.end(); ++it) {
                if (std::get<0>(it->first) != policy || std::get<1>(it->first) != pool.name) return;
                pool.window = it->second.budget->window;
                visit(it->second);
            }
        };
        inPool(had_, [&](const Holder& holder) {
            if (!holders_.contains({policy, pool.name, holder.quota->team})) pool.grants.push_back(leaving(holder));
        });
        inPool(holders_, [&](const Holder& holder) { pool.grants.push_back(staying(holder, had_)); });
        std::sort(pool.grants.begin(), pool.grants.end(), [](const auto& a, const auto& b) { return a.team < b.team; });
    }

    const Decisions& after_;
    const Holders holders_;
    const Decisions* before_ = nullptr;
    Holders had_;
};

bool sameAnswer(const LoanDecision& a, const LoanDecision& b) {
    return a.outcome.phase == b.outcome.phase && a.outcome.granted == b.outcome.granted &&
           a.outcome.rule == b.outcome.rule && a.problems == b.problems;
}

// A loan on one side: the request and its decision.
struct Asked {
    const api::BurstLoan* request = nullptr;
    const LoanDecision* decision = nullptr;
};

using LoanName = std::pair<std::string_view, std::string_view>;  // namespace, name

std::map<LoanName, Asked> loansOf(const Side& side) {
    std::map<LoanName, Asked> loans;
    for (const auto& loan : side.world.loans) loans[{loan->meta.ns, loan->meta.name}].request = loan.get();
    for (const LoanDecision& loan : side.decisions.loans) loans[{loan.ns, loan.name}].decision = &loan;
    return loans;
}

std::vector<PlanLoan> planLoans(const Side& after, const Side* before, Instant at) {
    std::map<LoanName, Asked> had;
    if (before != nullptr) had = loansOf(*before);
    std::vector<PlanLoan> planned;
    for (const auto& [name, loan] : loansOf(after)) {
        if (loan.decision == nullptr) continue;  // its policy is invalid
        PlanLoan plan{*loan.decision, loan.request->tokens, true, false};
        const auto found = had.find(name);
        if (found != had.end()) {
            plan.changed = found->second.decision == nullptr || !sameAnswer(*loan.decision, *found->second.decision);
            plan.over = loan.request->end <= at && found->second.request->end <= at;
        }
        planned.push_back(std::move(plan));
    }
    return planned;
}

}  // namespace

std::optional<std::int64_t> PlanGrant::after() const {
    return rationale ? std::optional{rationale->grant} : std::nullopt;
}

PlanGrant toGrant(const QuotaDecision& quota, const Budget& budget) {
    PlanGrant grant;
    grant.team = quota.team;
    grant.ns = quota.ns;
    grant.rationale = budget.rationale;
    grant.tokensPerMinute = budget.tokensPerMinute;
    grant.sentence = budget.rationale.sentence;
    return grant;
}

std::string messageOf(const treasury::LoanOutcome& outcome) {
    const std::string hints = treasury::hintSentence(outcome);
    return hints.empty() ? outcome.message : outcome.message + "; " + hints;
}

bool Plan::refused() const {
    const bool denied = std::any_of(loans.begin(), loans.end(), [](const PlanLoan& loan) {
        return loan.decision.outcome.phase == api::LoanPhase::Denied && !loan.over;
    });
    return denied || std::any_of(policies.begin(), policies.end(), [](const PlanPolicy& policy) {
               return std::any_of(policy.pools.begin(), policy.pools.end(),
                                  [](const PlanPool& pool) { return pool.decision && pool.decision->overcommitted; });
           });
}

Plan makePlan(const Side& after, const Side* before, Instant at) {
    Plan plan;
    plan.compared = before != nullptr;
    plan.policies = Planner{after, before}.policies();
    plan.loans = planLoans(after, before, at);
    return plan;
}

}  // namespace bursar::cli
