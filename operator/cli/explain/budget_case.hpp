// One team's budget in one pool, with the pool's other budgets: the input of an explanation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::cli {

// Points into the World and the Decisions it was found in.
struct BudgetCase {
    const api::AllocationPolicy* policy = nullptr;
    const api::Pool* pool = nullptr;
    const treasury::PoolDecision* decision = nullptr;

    struct Share {
        const treasury::QuotaDecision* quota = nullptr;
        const treasury::Budget* budget = nullptr;
        const api::Request* request = nullptr;
    };
    std::vector<Share> shares;  // all of the pool, sorted by team
    std::size_t own = 0;        // the one to explain

    std::vector<const treasury::LoanDecision*> loans;  // of the team in this pool
    std::vector<treasury::PeriodRecord> record;        // of the team in this pool, newest first
    bool consumptionKnown = false;
    Instant at{};

    [[nodiscard]] const Share& ownShare() const { return shares[own]; }
    [[nodiscard]] const treasury::Rationale& terms() const { return ownShare().budget->rationale; }
};

// Nothing if the TeamQuota has no budget in that pool. `decisions` must be those of `world`.
std::optional<BudgetCase> findCase(const treasury::World& world, const treasury::Decisions& decisions,
                                   const treasury::QuotaDecision& quota, const std::string& pool, Instant at);

}  // namespace bursar::cli
