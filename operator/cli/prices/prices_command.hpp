// `bursar prices check`: what differs between a policy's prices and a price table.
#pragma once

#include <string>
#include <vector>

#include "operator/cli/prices/price_check.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct PricesOptions {
    std::vector<std::string> files;  // manifests, as kubectl's -f takes them; empty with `live`
    bool live = false;               // the policy is the cluster's
    std::string policy;              // empty: every AllocationPolicy of the files
    std::string prices;              // the table's file; `-` is standard input
    std::string multiplier = "1";    // from the table's currency to the policy's
    std::string at;                  // RFC 3339 or a day; empty: now
    bool json = false;
};

// Exit code 0 where every price is the same, 3 where one differs, 2 where an input cannot be used, 1 where the cluster
// or a file cannot be read, an option is wrong, or there is no such policy. A model the table does not know, or has no
// price for, is named, and is no difference.
Answer runPricesCheck(const PricesOptions& options, const Surroundings& surroundings);

// Pure.
std::string renderTable(const std::vector<PriceCheck>& checks);
nlohmann::json describe(const std::vector<PriceCheck>& checks);

}  // namespace bursar::cli
