// A World read from a cluster at once, for the verbs of the command line. The operator's own comes from its informers.
#pragma once

#include "controllers/treasury/world.hpp"
#include "operator/kube/client.hpp"

namespace bursar::reconcile {

// Policies, TeamQuotas, BurstLoans and the labels of namespaces; no usage and no record of closed periods.
Result<treasury::World> readWorld(kube::Client& client);

}  // namespace bursar::reconcile
