// `bursar pool`: the calendar of promises of each burst pool, as a chart in the terminal.
#pragma once

#include <memory>
#include <string>

#include "controllers/treasury/decisions.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct PoolOptions {
    std::string policy;  // empty: all policies
    bool json = false;
};

// Decides the cluster's policies, TeamQuotas and BurstLoans as of `now`. Exit code 0; 1 if they cannot be read or there
// is no such policy.
Answer runPool(const std::shared_ptr<kube::Client>& client, const PoolOptions& options, Instant now);

// The chart of one policy: a row for each stretch of time in which the same loans hold the same tokens. Pure.
std::string renderPools(const treasury::Decisions& decisions, const treasury::PolicyDecision& policy);

// The same as JSON.
nlohmann::json describePools(const treasury::Decisions& decisions, const treasury::PolicyDecision& policy);

}  // namespace bursar::cli
