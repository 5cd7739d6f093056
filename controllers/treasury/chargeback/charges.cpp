#include "controllers/treasury/chargeback/charges.hpp"

#include <algorithm>

#include "controllers/api/rounding.hpp"

namespace bursar::treasury {
namespace {

using api::Wide;

constexpr Duration kShortestPace = std::chrono::hours{1};

}  // namespace

Charge& Charge::operator+=(const StatementLine& line) {
    ModelCharge& model = models[line.model];
    model.tokens.of(*line.type) += api::Tokens{line.tokens};
    api::addSaturating(model.amount, line.amount);
    api::addSaturating(amount, line.amount);
    const auto place = std::lower_bound(unpricedModels.begin(), unpricedModels.end(), line.model);
    if (!line.price && (place == unpricedModels.end() || *place != line.model))
        unpricedModels.insert(place, line.model);
    return *this;
}

Charges chargesOf(const Statement& draft, Instant meteringSince) {
    Charges charges{
        draft.period, draft.currency, std::max(draft.period.span().start, meteringSince), draft.meteredUntil, {}, {}};
    for (const StatementLine& line : draft.lines) {
        if (line.kind != LineKind::Usage) continue;
        charges.teams[line.team] += line;
        charges.total += line;
    }
    return charges;
}

std::optional<std::int64_t> expectedAmount(std::int64_t amount, const TimeWindow& period, Instant since,
                                           Instant until) {
    if (until - since < kShortestPace) return std::nullopt;
    // Milliseconds keep the product below 2^63 · 2^33: a quarter has 8e9 of them.
    const auto count = [](Duration span) { return Wide{span / std::chrono::milliseconds{1}}; };
    return api::dividedHalfEven(amount * count(period.end - since), count(until - since));
}

}  // namespace bursar::treasury
