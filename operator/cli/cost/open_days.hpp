// The days that are not recorded yet, read from the usage source: a draft needs them beside the ledger.
#pragma once

#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/chargeback/metering.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::cli {

struct OpenDays {
    std::vector<treasury::MeteredDay> days;  // oldest first; payers, loans and reserves as they are in the cluster now
    Instant until;                           // time of the last scrape
};

// Days from `from` until `now`. Errors are those of the usage source and of the cluster.
Result<OpenDays> readOpenDays(kube::Reader& client, const api::AllocationPolicy& policy, Instant from, Instant now);

}  // namespace bursar::cli
