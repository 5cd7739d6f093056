// `bursar prices check`: differences between a policy's prices and a price table.
#pragma once

#include <string>
#include <vector>

#include "operator/cli/prices/price_check.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct PricesOptions {
    std::vector<std::string> files;  // manifests, as for kubectl's -f; empty with `live`
    bool live = false;               // read the policy from the cluster
    std::string policy;              // empty: every AllocationPolicy of the files
    std::string prices;              // the table's file; `-` is standard input
    std::string multiplier = "1";    // from the table's currency to the policy's
    std::string at;                  // RFC 3339 or a day; empty: now
    bool json = false;
};

// Exit code 0 if every price is the same; 3 if one differs; 2 if an input cannot be used; 1 if the cluster or a file
// cannot be read, an option is wrong, or there is no such policy. Models that are not in the table, or have no price in
// it, are listed but do not count as differences.
Answer runPricesCheck(const PricesOptions& options, const Surroundings& surroundings);

// Pure.
std::string renderTable(const std::vector<PriceCheck>& checks);
nlohmann::json describe(const std::vector<PriceCheck>& checks);

}  // namespace bursar::cli
