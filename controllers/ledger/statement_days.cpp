#include "controllers/ledger/statement_days.hpp"

#include <algorithm>

#include "controllers/treasury/chargeback/prices.hpp"

namespace bursar::ledger {
namespace {

using treasury::PlanningPeriod;
using treasury::TimeWindow;

// The closed statement whose period ended last, among those that ended by `before`.
std::optional<PlanningPeriod> lastClosed(const MeteringChain& chain, Instant before) {
    std::optional<PlanningPeriod> last;
    for (const auto& [name, hash] : chain.statements()) {
        const auto period = treasury::parsePlanningPeriod(name);
        if (!period || period->span().end > before) continue;
        if (!last || period->span().end > last->span().end) last = period;
    }
    return last;
}

// The end of that period; the epoch if no statement was closed.
Instant closedUntil(const MeteringChain& chain, Instant before) {
    const auto last = lastClosed(chain, before);
    return last ? last->span().end : Instant{};
}

}  // namespace

std::optional<PlanningPeriod> nextToClose(const api::AllocationPolicy& policy, const MeteringChain& chain,
                                          Instant now) {
    const auto first = chain.firstDay();
    if (!first) return std::nullopt;
    const Instant from = std::max(*first, closedUntil(chain, Instant::max()));
    const PlanningPeriod period = treasury::periodAt(from, policy.period);
    if (period.span().end > now) return std::nullopt;
    return period;
}

TimeWindow daysOf(const PlanningPeriod& period, const MeteringChain& chain) {
    const TimeWindow span = period.span();
    return {std::clamp(closedUntil(chain, span.end - Duration{1}), span.start, span.end), span.end};
}

std::optional<PlanningPeriod> correctedWith(const PlanningPeriod& period, const MeteringChain& chain) {
    const auto last = lastClosed(chain, daysOf(period, chain).start);
    const bool hasDropped = chain.begin().seq > 0;
    if (last && hasDropped && *chain.firstDay() > daysOf(*last, chain).start) return std::nullopt;
    return last;
}

treasury::UsageSums sumUsage(const api::AllocationPolicy& policy, const MeteringChain& chain, const TimeWindow& days) {
    treasury::UsageSums sums{treasury::priceSpans(policy.pricing, days)};
    chain.forEachDay(days, [&](const treasury::MeteredRows& day) { sums.add(day); });
    return sums;
}

}  // namespace bursar::ledger
