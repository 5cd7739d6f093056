#include "controllers/treasury/charges.hpp"

#include <algorithm>

namespace bursar::treasury {
namespace {

using api::Wide;

constexpr Duration kShortestPace = std::chrono::hours{1};

}  // namespace

Charge& Charge::operator+=(const StatementLine& line) {
    ModelCharge& model = models[line.model];
    model.tokens.of(*line.type) += api::Tokens{line.tokens};
    model.amount += line.amount;
    amount += line.amount;
    const auto place = std::lower_bound(unpricedModels.begin(), unpricedModels.end(), line.model);
    if (!line.price && (place == unpricedModels.end() || *place != line.model)) unpricedModels.insert(place, line.model);
    return *this;
}

Charges chargesOf(const Statement& draft, Instant meteringSince) {
    Charges charges{draft.period, draft.currency, std::max(draft.period.span().start, meteringSince),
                    draft.meteredUntil, {}, {}};
    for (const StatementLine& line : draft.lines) {
        if (line.kind != LineKind::Usage) continue;
        charges.teams[line.team] += line;
        charges.total += line;
    }
    return charges;
}

std::optional<std::int64_t> expectedAmount(std::int64_t amount, const TimeWindow& period, Instant since, Instant until) {
    if (until - since < kShortestPace) return std::nullopt;
    // Milliseconds keep the product below 2^63 · 2^33: a quarter has 8e9 of them.
    const auto count = [](Duration span) { return Wide{span / std::chrono::milliseconds{1}}; };
    const Wide dividend = amount * count(period.end - since);
    const Wide divisor = count(until - since);
    Wide expected = dividend / divisor;
    const Wide twice = 2 * (dividend % divisor);
    if (twice > divisor || (twice == divisor && expected % 2 != 0)) expected += 1;
    return static_cast<std::int64_t>(std::min(expected, static_cast<Wide>(INT64_MAX)));
}

}  // namespace bursar::treasury
