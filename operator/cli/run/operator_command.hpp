// `bursar operator`: runs the controller until it is told to stop, or another replica leads.
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
    std::optional<kube::ElectionOptions> election;  // nothing: there is no other replica
    std::string healthAddress;                      // host:port; empty: none
    std::string metricsAddress;                     // likewise
    std::size_t maxTeamsInMetrics = 2000;
};

// Another process of this one's name has an identity of its own: $HOSTNAME (the pod's name) and a random part.
std::string electionIdentity();

// Returns the process's exit code: 0 when told to stop, 1 where it could not start, 3 when it lost the lead (a
// Deployment starts it again, and it begins as a candidate). Ends within 5 s of a stop request; what is in force at the
// gateways stays, and another replica may take over before this returns.
int runOperator(const Connection& connection, const OperatorOptions& options, const std::stop_token& stop);

}  // namespace bursar::cli
