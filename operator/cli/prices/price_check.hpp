// A policy's prices held against a price table. Pure.
#pragma once

#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "operator/cli/prices/price_table.hpp"

namespace bursar::cli {

// A price of a million tokens that the policy and the table say differently.
struct PriceDifference {
    std::string glob;
    std::string model;
    api::TokenType type = api::TokenType::Input;
    api::Price policy;
    api::Price table;
};

// A model the policy has a price for, and the table an entry without one.
struct UnpricedModel {
    std::string glob;
    std::string model;
    std::vector<api::TokenType> missing;
};

struct PriceCheck {
    std::string policy;
    std::string currency;
    std::size_t models = 0;                    // of the table that the policy has a price for
    std::vector<PriceDifference> differences;  // by model
    std::vector<UnpricedModel> unpriced;       // by model
    std::vector<std::string> unknown;          // globs valid on the day that no model of the table matches
};

// Every model of the table against the price that holds for it at `at`. `multiplier` takes the table's prices into the
// policy's currency, in billionths. Where the table has no price for cached input it is that of input, as in a policy.
PriceCheck checkPrices(const api::AllocationPolicy& policy, const PriceTable& table, api::Price multiplier, Instant at);

}  // namespace bursar::cli
