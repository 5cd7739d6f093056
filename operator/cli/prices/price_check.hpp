// Comparison of a policy's prices with a price table. Pure.
#pragma once

#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "operator/cli/prices/price_table.hpp"

namespace bursar::cli {

// A price of a million tokens that differs between policy and table.
struct PriceDifference {
    std::string glob;
    std::string model;
    api::TokenType type = api::TokenType::Input;
    api::Price policy;
    api::Price table;
};

// A model with a price in the policy, and without one in its entry of the table.
struct UnpricedModel {
    std::string glob;
    std::string model;
    std::vector<api::TokenType> missing;
};

struct PriceCheck {
    std::string policy;
    std::string currency;
    std::size_t models = 0;                    // of the table with a price in the policy
    std::vector<PriceDifference> differences;  // by model
    std::vector<UnpricedModel> unpriced;       // by model
    std::vector<std::string> unknown;          // globs valid on the day that match no model of the table
};

// Compares each model of the table with the policy's price at `at`. `multiplier` converts the table's prices into the
// policy's currency. Without a price of its own, cached input costs as much as input, as in a policy.
PriceCheck checkPrices(const api::AllocationPolicy& policy, const PriceTable& table, api::Price multiplier, Instant at);

}  // namespace bursar::cli
