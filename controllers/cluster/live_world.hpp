// Reads a whole World from a cluster, for the verbs of the command line. The operator builds its own from informers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"
#include "controllers/treasury/world.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::cluster {

// Policies, TeamQuotas, BurstLoans and the labels of namespaces. Consumption, history and haircuts are those of the
// TeamQuotas' statuses: only the operator reads usage source and ledger.
Result<treasury::World> readWorld(kube::Reader& client);

// Replaces what the statuses say about closed periods by the ledger's own record. If the ledger cannot be read, the
// statuses' figures stay; returns a warning for each such policy.
std::vector<std::string> readRecord(ledger::Ledger& ledger, treasury::World& world);

// One policy; nothing if no policy has that name or the cluster does not answer.
std::optional<api::AllocationPolicy> findPolicy(kube::Reader& client, const std::string& name);

}  // namespace bursar::cluster
