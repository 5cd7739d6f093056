// The days that are not recorded yet, read at once from the usage source: what a draft needs beside the ledger.
#pragma once

#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/metering.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::cli {

struct OpenDays {
    std::vector<treasury::MeteredDay> days;  // oldest first; who pays, loans and reserves as the cluster says now
    Instant until;                           // the last scrape
};

// Days from `from` until now. Errors of the usage source and of the cluster.
Result<OpenDays> readOpenDays(kube::Client& client, const api::AllocationPolicy& policy, Instant from, Instant now);

}  // namespace bursar::cli
