#include "controllers/treasury/chargeback/prices.hpp"

#include <set>
#include <tuple>

namespace bursar::treasury {

const api::ModelPrice* priceOn(const api::Pricing& pricing, std::string_view model, Instant day) {
    const api::ModelPrice* best = nullptr;
    const auto isBetter = [](const api::ModelPrice& a, const api::ModelPrice& b) {
        if (a.model.size() != b.model.size()) return a.model.size() > b.model.size();
        if (a.model != b.model) return a.model < b.model;
        return a.effectiveFrom > b.effectiveFrom;
    };
    for (const api::ModelPrice& price : pricing.models) {
        if (price.effectiveFrom > day || !api::matchesGlob(price.model, model)) continue;
        if (best == nullptr || isBetter(price, *best)) best = &price;
    }
    return best;
}

std::vector<TimeWindow> priceSpans(const api::Pricing& pricing, const TimeWindow& period) {
    std::set<Instant> starts = {period.start};
    for (const api::ModelPrice& price : pricing.models) {
        if (price.effectiveFrom > period.start && price.effectiveFrom < period.end) starts.insert(price.effectiveFrom);
    }
    std::vector<TimeWindow> spans;
    for (auto start = starts.begin(); start != starts.end(); ++start) {
        const auto next = std::next(start);
        spans.push_back({*start, next == starts.end() ? period.end : *next});
    }
    return spans;
}

}  // namespace bursar::treasury
