#include "operator/cli/prices/price_check.hpp"

#include <algorithm>
#include <set>

#include "controllers/api/rounding.hpp"
#include "controllers/treasury/chargeback/prices.hpp"

namespace bursar::cli {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;

api::Price times(api::Price price, api::Price multiplier) {
    // Both below 1e18: the product fits 128 bits. Half to even.
    return {api::dividedHalfEven(static_cast<api::Wide>(price.billionths) * multiplier.billionths, kBillion)};
}

std::optional<api::Price> tablePrice(const TablePrices& prices, api::TokenType type) {
    switch (type) {
        case api::TokenType::Input:
            return prices.input;
        case api::TokenType::CachedInput:
            return prices.cachedInput ? prices.cachedInput : prices.input;
        case api::TokenType::Output:
            return prices.output;
    }
    return std::nullopt;
}

void checkModel(const api::ModelPrice& price, const std::string& model, const TablePrices& prices,
                api::Price multiplier, PriceCheck& check) {
    UnpricedModel unpriced{price.model, model, {}};
    ++check.models;
    for (const api::TokenType type : api::kTokenTypes) {
        const auto given = tablePrice(prices, type);
        if (!given) {
            unpriced.missing.push_back(type);
        } else if (const api::Price converted = times(*given, multiplier); converted != price.of(type)) {
            check.differences.push_back({price.model, model, type, price.of(type), converted});
        }
    }
    if (!unpriced.missing.empty()) check.unpriced.push_back(std::move(unpriced));
}

}  // namespace

PriceCheck checkPrices(const api::AllocationPolicy& policy, const PriceTable& table, api::Price multiplier,
                       Instant at) {
    PriceCheck check;
    check.policy = policy.meta.name;
    check.currency = policy.pricing.currency;
    for (const auto& [model, prices] : table) {
        const api::ModelPrice* price = treasury::priceOn(policy.pricing, model, at);
        if (price != nullptr) checkModel(*price, model, prices, multiplier, check);
    }
    std::set<std::string> globs;
    for (const api::ModelPrice& price : policy.pricing.models) {
        if (price.effectiveFrom <= at) globs.insert(price.model);
    }
    for (const std::string& glob : globs) {
        const bool isKnown = std::any_of(table.begin(), table.end(),
                                         [&](const auto& entry) { return api::matchesGlob(glob, entry.first); });
        if (!isKnown) check.unknown.push_back(glob);
    }
    return check;
}

}  // namespace bursar::cli
