// `bursar operator`: runs the controller until it is told to stop, or until another replica leads.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "controllers/ledger/open_ledger.hpp"
#include "operator/cli/verb/verb.hpp"
#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/kube/leader_election.hpp"

namespace bursar::cli {

struct OperatorOptions {
    Duration statusMaxAge = std::chrono::minutes{5};
    ledger::LedgerPlace ledger;
    std::optional<kube::ElectionOptions> election;  // absent: this is the only replica
    std::string healthAddress;                      // host:port; empty: none
    std::string metricsAddress;                     // likewise
    std::size_t maxTeamsInMetrics = 2000;
};

// An identity that no other process has: $HOSTNAME (the pod's name) and a random part.
std::string electionIdentity();

// Returns the process's exit code: 0 when told to stop, 1 if it could not start, 3 when it lost the lead (a Deployment
// starts it again, and it begins as a candidate). Ends within 5 s of a stop request. Limits in force at the gateways
// stay, and another replica may take over before this returns.
int runOperator(const Connection& connection, const OperatorOptions& options, const std::stop_token& stop);

}  // namespace bursar::cli
