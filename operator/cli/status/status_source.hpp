// Reads the statuses that the user may read from a cluster, for `bursar status` and `bursar top`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/cli/status/status_view.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::cli {

// Selects the teams to show.
struct StatusQuery {
    std::string policy;          // empty: of every AllocationPolicy
    std::string ns;              // empty: of every namespace
    bool allNamespaces = false;  // an error if the user may not read every namespace
    std::string ownNamespace;    // the context's; shown if the user may not read the others
    SortBy sortBy = SortBy::Team;
};

// What the user's rights allow: a team's own rights are enough for its namespace.
struct StatusScope {
    bool policies = true;
    std::string ns;                  // of the TeamQuotas; empty: all
    std::vector<std::string> notes;  // what is missing, and why
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

// Reads what the user may read; an error if that is nothing.
Result<StatusReading> readStatus(kube::Client& client, const StatusQuery& query);

// Pure. NotFound if there is no such policy.
Result<StatusView> makeStatusView(const StatusObjects& objects, const StatusScope& scope, const StatusQuery& query,
                                  Instant at);

}  // namespace bursar::cli
