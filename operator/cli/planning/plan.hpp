// A plan: what decide() answers for a World, beside what it answers for the World before. `plan` prints it, `explain`
// and `report` show parts of it.
//
// Pure and deterministic; nothing is decided here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"
#include "operator/cli/manifests/side.hpp"

namespace bursar::cli {

// One team in one pool.
struct PlanGrant {
    std::string team;
    std::string ns;
    std::optional<treasury::Rationale> rationale;  // absent: the team has no budget here any more
    std::optional<api::TokensPerMinute> tokensPerMinute;
    std::optional<std::int64_t> before;  // its grant; absent: it had none, or there is nothing to compare with
    std::string sentence;

    [[nodiscard]] std::optional<std::int64_t> after() const;
    // What the team gains; negative where it loses.
    [[nodiscard]] std::int64_t change() const { return after().value_or(0) - before.value_or(0); }
    // A team that joins or leaves has changed, even where its grant is zero.
    [[nodiscard]] bool changed() const { return after() != before; }
};

PlanGrant toGrant(const treasury::QuotaDecision& quota, const treasury::Budget& budget);

struct PlanPool {
    std::string name;
    api::BudgetWindow window = api::BudgetWindow::Day;
    std::optional<treasury::PoolDecision> decision;  // absent: the pool is gone
    std::vector<PlanGrant> grants;                   // sorted by team
};

struct PlanPolicy {
    std::string name;
    std::string problem;          // not empty: it decides nothing until this is mended
    std::vector<PlanPool> pools;  // in the order of the policy; those that are gone come last
};

struct PlanLoan {
    treasury::LoanDecision decision;
    api::Tokens requested;
    bool changed = true;  // it is new, or the answer is another than before
    bool over = false;    // its time was past before, too: nobody waits for an answer
};

// What the person who asked for a loan is told; of a denial also what would be approved instead.
std::string toldOf(const treasury::LoanOutcome& outcome);

struct Plan {
    bool compared = false;  // there is a before
    std::vector<PlanPolicy> policies;
    std::vector<PlanLoan> loans;
    std::vector<api::ManifestError> errors;  // by file and line
    std::vector<std::string> notes;          // what a reader should know of the figures

    // True where the policy denies a loan that is still to come, or floors exceed a pool.
    [[nodiscard]] bool refused() const;
    // Sentences are for those whose grant changed; for all where there is nothing to compare with.
    [[nodiscard]] bool explains(const PlanGrant& grant) const { return !compared || grant.changed(); }
};

// `before`: what to compare with, or null. Errors and notes are left to the caller.
Plan makePlan(const Side& after, const Side* before, Instant at);

}  // namespace bursar::cli
