#include "controllers/treasury/promise_book.hpp"

#include <algorithm>

namespace bursar::treasury {
namespace {

std::vector<Instant> edgesOf(const std::vector<TimeWindow>& spans) {
    std::vector<Instant> edges;
    edges.reserve(2 * spans.size());
    for (const TimeWindow& span : spans) edges.insert(edges.end(), {span.start, span.end});
    return edges;
}

// The largest sum of `amount` over promises that hold at the same moment of `within`. For the few promises of one team.
template <typename Span, typename Amount>
std::int64_t peakOf(const std::vector<Promise>& all, const std::vector<std::size_t>& some, const TimeWindow& within,
                    Span spanOf, Amount amount) {
    std::map<Instant, std::int64_t> changes;
    for (const std::size_t index : some) {
        const TimeWindow& held = spanOf(all[index]);
        if (!overlaps(held, within)) continue;
        changes[std::max(held.start, within.start)] += amount(all[index]);
        changes[held.end] -= amount(all[index]);
    }
    std::int64_t sum = 0;
    std::int64_t largest = 0;
    for (const auto& [at, change] : changes) largest = std::max(largest, sum += change);
    return largest;
}

}  // namespace

TimeWindow windowsTouched(const TimeWindow& span, api::BudgetWindow window) {
    return {windowAt(span.start, window).start, windowAt(span.end - Duration{1}, window).end};
}

bool overlaps(const TimeWindow& a, const TimeWindow& b) { return a.start < b.end && b.start < a.end; }

PromiseBook::PromiseBook(const std::vector<std::vector<TimeWindow>>& spans) {
    for (const auto& ofPool : spans) {
        const std::vector<Instant> edges = edgesOf(ofPool);
        pools_.push_back({Occupancy{edges}, Occupancy{edges}});
    }
}

void PromiseBook::add(Promise promise) {
    pools_[promise.pool].tokens.add(promise.windows, promise.tokens);
    pools_[promise.pool].rate.add(promise.span, promise.rate);
    byTeam_[promise.team].push_back(promises_.size());
    promises_.push_back(std::move(promise));
}

std::int64_t PromiseBook::tokensHeld(std::size_t pool, const TimeWindow& windows) const {
    return pools_[pool].tokens.peak(windows);
}

std::int64_t PromiseBook::rateHeld(std::size_t pool, const TimeWindow& span) const {
    return pools_[pool].rate.peak(span);
}

std::int64_t PromiseBook::tokensHeldBy(const std::string& team, std::size_t pool, const TimeWindow& windows) const {
    return peakOf(
        promises_, ofTeam(team), windows, [](const Promise& p) -> const TimeWindow& { return p.windows; },
        [pool](const Promise& p) { return p.pool == pool ? p.tokens : 0; });
}

std::int64_t PromiseBook::activeAtOnce(const std::string& team, const TimeWindow& span) const {
    return peakOf(
        promises_, ofTeam(team), span, [](const Promise& p) -> const TimeWindow& { return p.span; },
        [](const Promise& p) { return p.ended ? std::int64_t{0} : std::int64_t{1}; });
}

const std::vector<std::size_t>& PromiseBook::ofTeam(const std::string& team) const {
    static const std::vector<std::size_t> kNone;
    const auto found = byTeam_.find(team);
    return found == byTeam_.end() ? kNone : found->second;
}

}  // namespace bursar::treasury
