// Worlds with loans, and what was decided in them: shared by the tests of lending.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "controllers/treasury/decide.hpp"
#include "tests/support/builders.hpp"

namespace bursar::testing {

inline Instant at(const char* text) { return *parseInstant(text); }

inline const Instant kNow = at("2026-11-24T12:00:00Z");

using Loans = std::vector<std::shared_ptr<const api::BurstLoan>>;

// Capacity 1,000, of which 200 to lend; search and ads claim 400 each, so nothing is unallocated.
inline treasury::World worldWith(Loans loans, std::int64_t capacity = 1000) {
    auto policy = makePolicy().pool("chat", capacity, 20).rate(1000);
    policy.raw().borrowing.maxPercentOfPool = 100;
    policy.raw().borrowing.cooldown = Duration{0};
    treasury::World world;
    world.policies = {policy};
    world.quotas = {makeQuota("search").forecast("chat", 400), makeQuota("ads").forecast("chat", 400)};
    world.loans = std::move(loans);
    return world;
}

using ChangeRules = std::function<void(api::Borrowing&)>;

// The same under other borrowing rules.
inline treasury::World withRules(treasury::World world, const ChangeRules& change) {
    api::AllocationPolicy policy = *world.policies.at(0);
    if (change) change(policy.borrowing);
    world.policies = {std::make_shared<api::AllocationPolicy>(policy)};
    return world;
}

inline LoanBuilder tuesday(std::int64_t tokens, const std::string& team = "search", const std::string& name = "loan") {
    return makeLoan(team, name)
        .tokens(tokens)
        .from("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")
        .created("2026-11-24T08:00:00Z");
}

inline treasury::LoanDecision decisionOf(const treasury::Decisions& decisions, const std::string& name = "loan") {
    for (const treasury::LoanDecision& loan : decisions.loans) {
        if (loan.name == name) return loan;
    }
    throw std::runtime_error("no decision for " + name);
}

inline treasury::LoanOutcome outcomeOf(const treasury::Decisions& decisions, const std::string& name = "loan") {
    return decisionOf(decisions, name).outcome;
}

inline treasury::Budget budgetOf(const treasury::Decisions& decisions, const std::string& team = "search") {
    for (const treasury::QuotaDecision& quota : decisions.quotas) {
        if (quota.team == team) return quota.budgets.at(0);
    }
    throw std::runtime_error("no budget of " + team);
}

// The loan as its status holds it after `outcome` was written.
inline std::shared_ptr<const api::BurstLoan> stored(LoanBuilder loan, const treasury::LoanOutcome& outcome) {
    api::LoanRecord record;
    record.phase = outcome.phase;
    record.observedGeneration = loan.raw().meta.generation;
    record.granted = outcome.granted;
    record.grantedTokensPerMinute = outcome.grantedRate;
    record.drawn = outcome.drawn;
    record.decidedAt = outcome.decidedAt;
    if (outcome.phase == api::LoanPhase::Returned) record.effectiveEnd = outcome.effectiveEnd;
    record.curtailed = outcome.curtailed;
    record.rule = toString(outcome.rule);
    record.message = outcome.message;
    record.largestApprovable = outcome.largestApprovable;
    record.earliestStart = outcome.earliestStart;
    loan.raw().record = record;
    return loan;
}

inline treasury::LoanRule ruleOf(const LoanBuilder& loan, const ChangeRules& rules = {}) {
    return outcomeOf(treasury::decide(withRules(worldWith({loan}), rules), kNow)).rule;
}

}  // namespace bursar::testing
