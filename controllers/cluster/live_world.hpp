// A World read from a cluster at once, for the verbs of the command line. The operator's own comes from its informers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"
#include "controllers/treasury/world.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::cluster {

// Policies, TeamQuotas, BurstLoans and the labels of namespaces; consumption, history and haircuts as the statuses of
// the TeamQuotas tell them (usage source and ledger are the operator's).
Result<treasury::World> readWorld(kube::Reader& client);

// Replaces what the statuses tell of closed periods by the ledger's own record. Where it cannot be read the statuses
// stand, and the answer says so, a note for each policy.
std::vector<std::string> readRecord(ledger::Ledger& ledger, treasury::World& world);

// One policy; nothing where there is none of the name, or the cluster does not answer.
std::optional<api::AllocationPolicy> findPolicy(kube::Reader& client, const std::string& name);

}  // namespace bursar::cluster
