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
    std::optional<treasury::Rationale> rationale;  // absent: the team's budget here is removed
    std::optional<api::TokensPerMinute> tokensPerMinute;
    std::optional<std::int64_t> before;  // its grant before; absent: it had none, or nothing is compared
    std::string sentence;

    [[nodiscard]] std::optional<std::int64_t> after() const;
    // Negative if the team loses tokens.
    [[nodiscard]] std::int64_t change() const { return after().value_or(0) - before.value_or(0); }
    // A team that joins or leaves has changed, even if its grant is zero.
    [[nodiscard]] bool changed() const { return after() != before; }
};

PlanGrant toGrant(const treasury::QuotaDecision& quota, const treasury::Budget& budget);

struct PlanPool {
    std::string name;
    api::BudgetWindow window = api::BudgetWindow::Day;
    std::optional<treasury::PoolDecision> decision;  // absent: the pool is removed
    std::vector<PlanGrant> grants;                   // sorted by team
};

struct PlanPolicy {
    std::string name;
    std::string problem;          // not empty: the policy decides nothing until this is fixed
    std::vector<PlanPool> pools;  // in the order of the policy; removed ones come last
};

struct PlanLoan {
    treasury::LoanDecision decision;
    api::Tokens requested;
    bool changed = true;  // it is new, or its outcome differs from before
    bool over = false;    // its time has passed, and it was there before: no answer is due
};

// The message for the person who asked for a loan; for a denial with what would be approved instead.
std::string messageOf(const treasury::LoanOutcome& outcome);

struct Plan {
    bool compared = false;  // with a World before
    std::vector<PlanPolicy> policies;
    std::vector<PlanLoan> loans;
    std::vector<api::ManifestError> errors;  // by file and line
    std::vector<std::string> notes;          // for the reader of the figures

    // True if a loan that is not over is denied, or floors exceed a pool.
    [[nodiscard]] bool refused() const;
    // Sentences are printed for grants that changed; for all of them if nothing is compared.
    [[nodiscard]] bool explains(const PlanGrant& grant) const { return !compared || grant.changed(); }
};

// `before`: the side to compare with, or null. The caller adds errors and notes.
Plan makePlan(const Side& after, const Side* before, Instant at);

}  // namespace bursar::cli
