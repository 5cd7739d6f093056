// What of a cluster `bursar status` and `bursar top` may read, and what they make of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/cli/status/status_view.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::cli {

// Which teams are asked for.
struct StatusQuery {
    std::string policy;          // empty: of every AllocationPolicy
    std::string ns;              // empty: of every namespace
    bool allNamespaces = false;  // nothing less: where they may not all be read, that is an error
    std::string ownNamespace;    // of the kubeconfig's context: what is left to those who may read no other
    SortBy sortBy = SortBy::Team;
};

// What the rights of the user allow: a team's own are enough for its namespace.
struct StatusScope {
    bool policies = true;
    std::string ns;                  // whose TeamQuotas; empty: all
    std::vector<std::string> notes;  // what is left out, and why
};

// The objects at one instant.
struct StatusObjects {
    std::vector<kube::Json> policies;
    std::vector<kube::Json> quotas;
};

struct StatusReading {
    StatusScope scope;
    StatusObjects objects;
};

// Reads what may be read. An error where that is nothing.
Result<StatusReading> readStatus(kube::Reader& client, const StatusQuery& query);

// Pure. NotFound where there is no such policy.
Result<StatusView> makeStatusView(const StatusObjects& objects, const StatusScope& scope, const StatusQuery& query,
                                  Instant at);

}  // namespace bursar::cli
