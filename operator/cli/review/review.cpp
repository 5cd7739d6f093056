#include "operator/cli/review/review.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controllers/treasury/decide.hpp"

namespace bursar::cli {
namespace {

using treasury::Budget;
using treasury::Decisions;
using treasury::QuotaDecision;
using BudgetKey = std::tuple<std::string, std::string, std::string>;  // pool, namespace, TeamQuota

std::shared_ptr<const api::AllocationPolicy> findPolicy(const treasury::World& world, const std::string& name) {
    return *std::find_if(world.policies.begin(), world.policies.end(),
                         [&](const auto& policy) { return policy->meta.name == name; });
}

// The grants if haircuts were applied instead of only shown, or the other way round; none if forecast discipline is
// off.
std::map<BudgetKey, std::int64_t> grantsOtherwise(const treasury::World& world, const api::AllocationPolicy& policy,
                                                  Instant at) {
    using api::Enforcement;
    if (policy.forecastDiscipline.enforcement == Enforcement::Off) return {};
    auto changed = std::make_shared<api::AllocationPolicy>(policy);
    Enforcement& enforcement = changed->forecastDiscipline.enforcement;
    enforcement = enforcement == Enforcement::Enforced ? Enforcement::Advisory : Enforcement::Enforced;
    treasury::World other = world;
    for (auto& each : other.policies) {
        if (each->meta.name == policy.meta.name) each = changed;
    }
    std::map<BudgetKey, std::int64_t> grants;
    for (const QuotaDecision& quota : treasury::decide(other, at).quotas) {
        if (quota.policy != policy.meta.name) continue;
        for (const Budget& budget : quota.budgets) grants[{budget.pool, quota.ns, quota.name}] = budget.rationale.grant;
    }
    return grants;
}

class Reviewer {
  public:
    explicit Reviewer(ReviewInputs inputs)
        : inputs_(std::move(inputs)),
          plan_(makePlan(inputs_.side, inputs_.base, inputs_.at)),
          policy_(findPolicy(inputs_.side.world, inputs_.policy)),
          otherwise_(grantsOtherwise(inputs_.side.world, *policy_, inputs_.at)) {
        for (const auto& quota : inputs_.side.world.quotas) {
            costCenters_[{quota->meta.ns, quota->meta.name}] = quota->costCenter;
        }
    }

    Review review() {
        review_.policy = policy_;
        review_.period = treasury::periodAt(inputs_.at, policy_->period);
        review_.at = inputs_.at;
        review_.charter = inputs_.words.charter;
        review_.before = beforeTitle();
        review_.cost = std::move(inputs_.cost);
        review_.notes = std::move(inputs_.notes);
        addPools();
        for (const QuotaDecision& quota : inputs_.side.decisions.quotas) {
            if (quota.policy == policy_->meta.name) addQuota(quota);
        }
        for (ReviewPool& pool : review_.pools) sort(pool);
        addLoans();
        return std::move(review_);
    }

  private:
    [[nodiscard]] std::string beforeTitle() const {
        if (inputs_.base != nullptr) return "the manifests compared with";
        return inputs_.grantsBefore.empty() ? std::string{} : "the mean of " + inputs_.periodBefore;
    }

    void addPools() {
        for (const PlanPolicy& policy : plan_.policies) {
            if (policy.name != policy_->meta.name) continue;
            for (const PlanPool& pool : policy.pools) {
                if (!pool.decision) continue;
                review_.pools.push_back({*policy_->findPool(pool.name), *pool.decision, {}, {}});
                planned_.push_back(&pool);
                for (const PlanGrant& grant : pool.grants) {
                    if (!grant.rationale) review_.pools.back().leaving.push_back(grant);
                }
            }
        }
    }

    void addQuota(const QuotaDecision& quota) {
        for (const treasury::Problem& problem : quota.problems) {
            review_.notes.push_back(fmt::format("TeamQuota {}/{}: {}", quota.ns, quota.name, problem.toString()));
        }
        for (const Budget& budget : quota.budgets) {
            const auto pool = std::find_if(review_.pools.begin(), review_.pools.end(),
                                           [&](const ReviewPool& each) { return each.rules.name == budget.pool; });
            pool->budgets.push_back(
                reviewed(quota, budget, *planned_[static_cast<std::size_t>(pool - review_.pools.begin())]));
        }
    }

    [[nodiscard]] ReviewBudget reviewed(const QuotaDecision& quota, const Budget& budget, const PlanPool& pool) const {
        ReviewBudget reviewed;
        // The grants of a plan's pool are sorted by team.
        reviewed.grant =
            *std::lower_bound(pool.grants.begin(), pool.grants.end(), quota.team,
                              [](const PlanGrant& grant, const std::string& team) { return grant.team < team; });
        const auto before = inputs_.grantsBefore.find({policy_->meta.name, budget.pool, quota.team});
        if (inputs_.base == nullptr && before != inputs_.grantsBefore.end()) reviewed.grant.before = before->second;
        reviewed.costCenter = costCenters_.at({quota.ns, quota.name});
        const auto words = inputs_.words.justifications.find({quota.ns, quota.name, budget.pool});
        if (words != inputs_.words.justifications.end()) reviewed.justification = words->second;
        reviewed.periods = budget.forecastRecord;
        const auto otherwise = otherwise_.find({budget.pool, quota.ns, quota.name});
        if (otherwise != otherwise_.end()) reviewed.otherwise = otherwise->second;
        return reviewed;
    }

    static void sort(ReviewPool& pool) {
        std::sort(pool.budgets.begin(), pool.budgets.end(), [](const ReviewBudget& a, const ReviewBudget& b) {
            return std::tuple{-a.terms().grant, std::string_view{a.grant.team}} <
                   std::tuple{-b.terms().grant, std::string_view{b.grant.team}};
        });
    }

    void addLoans() {
        std::map<std::pair<std::string_view, std::string_view>, const api::BurstLoan*> requests;
        for (const auto& loan : inputs_.side.world.loans) requests[{loan->meta.ns, loan->meta.name}] = loan.get();
        for (PlanLoan& loan : plan_.loans) {
            if (loan.decision.policy != policy_->meta.name) continue;
            const api::BurstLoan& request = *requests.at({loan.decision.ns, loan.decision.name});
            const treasury::LoanOutcome& outcome = loan.decision.outcome;
            const treasury::TimeWindow span =
                outcome.granted.isZero() ? treasury::TimeWindow{request.start.value_or(outcome.decidedAt), request.end}
                                         : treasury::TimeWindow{outcome.effectiveStart, outcome.effectiveEnd};
            review_.loans.push_back({std::move(loan), request.reason, span});
        }
        std::stable_sort(review_.loans.begin(), review_.loans.end(),
                         [](const ReviewLoan& a, const ReviewLoan& b) { return a.span.start < b.span.start; });
    }

    ReviewInputs inputs_;
    Plan plan_;
    std::shared_ptr<const api::AllocationPolicy> policy_;
    std::map<BudgetKey, std::int64_t> otherwise_;
    std::map<std::pair<std::string, std::string>, std::string> costCenters_;
    std::vector<const PlanPool*> planned_;  // the plan's pool for each of review_.pools
    Review review_;
};

template <typename Value>
std::int64_t sumOf(const ReviewPool& pool, Value value) {
    api::Tokens sum;
    for (const ReviewBudget& budget : pool.budgets) sum += api::Tokens{value(budget.terms())};
    return sum.value();
}

}  // namespace

std::int64_t ReviewPool::asked() const {
    return sumOf(*this, [](const treasury::Rationale& r) { return r.forecast; });
}

std::int64_t ReviewPool::claimed() const {
    return sumOf(*this, [](const treasury::Rationale& r) { return r.claim; });
}

std::size_t Review::teamCount() const {
    std::set<std::string_view> teams;
    for (const ReviewPool& pool : pools) {
        for (const ReviewBudget& budget : pool.budgets) teams.insert(budget.grant.team);
    }
    return teams.size();
}

WaterfallRules Review::rulesOf(const ReviewPool& pool) const {
    return {pool.rules.window, policy->period, enforcement()};
}

Review makeReview(ReviewInputs inputs) { return Reviewer{std::move(inputs)}.review(); }

std::string_view boundTitle(treasury::Bound bound) {
    switch (bound) {
        case treasury::Bound::Claim:
            return "in full";
        case treasury::Bound::Floor:
            return "floor";
        case treasury::Bound::Ceiling:
            return "ceiling";
        case treasury::Bound::FairShare:
            return "fair share";
        case treasury::Bound::Overcommitted:
            return "floors scaled down";
    }
    return {};
}

std::string_view enforcementTitle(api::Enforcement enforcement) {
    switch (enforcement) {
        case api::Enforcement::Off:
            return "Off";
        case api::Enforcement::Advisory:
            return "Advisory";
        case api::Enforcement::Enforced:
            return "Enforced";
    }
    return {};
}

std::vector<std::pair<std::string, treasury::StatementTotal>> totalsByTeam(const treasury::Statement& statement) {
    std::map<std::string, treasury::StatementTotal> sums;
    for (const treasury::StatementLine& line : statement.lines) {
        if (!line.team.empty()) sums[line.team] += line;
    }
    std::vector<std::pair<std::string, treasury::StatementTotal>> totals{sums.begin(), sums.end()};
    std::stable_sort(totals.begin(), totals.end(),
                     [](const auto& a, const auto& b) { return a.second.amount > b.second.amount; });
    return totals;
}

}  // namespace bursar::cli
