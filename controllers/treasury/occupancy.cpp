#include "controllers/treasury/occupancy.hpp"

#include <algorithm>

namespace bursar::treasury {

Occupancy::Occupancy(std::vector<Instant> edges) : edges_(std::move(edges)) {
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    nodes_.resize(4 * stretches());
}

void Occupancy::add(const TimeWindow& span, std::int64_t amount) {
    const auto from = std::lower_bound(edges_.begin(), edges_.end(), span.start) - edges_.begin();
    const auto to = std::lower_bound(edges_.begin(), edges_.end(), span.end) - edges_.begin();
    if (from < to) add(root(), {static_cast<std::size_t>(from), static_cast<std::size_t>(to)}, amount);
}

std::int64_t Occupancy::peak(const TimeWindow& span) const {
    const Range range = touched(span);
    return range.first < range.second ? std::max<std::int64_t>(0, peak(root(), range)) : 0;
}

std::optional<Instant> Occupancy::endOfExcess(const TimeWindow& span, std::int64_t level) const {
    const Range range = touched(span);
    if (range.first >= range.second) return std::nullopt;
    const auto last = lastAbove(root(), range, level);
    if (!last) return std::nullopt;
    // After the last edge nothing is held.
    return edges_[firstWithin(root(), *last + 1, level).value_or(stretches())];
}

// From the stretch that holds the start to the first that begins at the end or later.
Occupancy::Range Occupancy::touched(const TimeWindow& span) const {
    if (stretches() == 0 || span.end <= edges_.front() || span.start >= edges_.back() || span.end <= span.start)
        return {0, 0};
    const auto after = std::upper_bound(edges_.begin(), edges_.end(), span.start) - edges_.begin();
    const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - 1, 0));
    const auto to = static_cast<std::size_t>(std::lower_bound(edges_.begin(), edges_.end(), span.end) - edges_.begin());
    return {from, std::min(to, stretches())};
}

void Occupancy::add(const Place& at, const Range& range, std::int64_t amount) {
    if (range.second <= at.low || at.high <= range.first) return;
    Node& here = nodes_[at.node];
    if (range.first <= at.low && at.high <= range.second) {
        here.added += amount;
        here.largest += amount;
        here.smallest += amount;
        return;
    }
    add(at.left(), range, amount);
    add(at.right(), range, amount);
    const Node& left = nodes_[at.left().node];
    const Node& right = nodes_[at.right().node];
    here.largest = here.added + std::max(left.largest, right.largest);
    here.smallest = here.added + std::min(left.smallest, right.smallest);
}

std::int64_t Occupancy::peak(const Place& at, const Range& range) const {
    if (range.second <= at.low || at.high <= range.first) return 0;
    if (range.first <= at.low && at.high <= range.second) return nodes_[at.node].largest;
    return nodes_[at.node].added + std::max(peak(at.left(), range), peak(at.right(), range));
}

std::optional<std::size_t> Occupancy::lastAbove(const Place& at, const Range& range, std::int64_t level) const {
    const Node& here = nodes_[at.node];
    if (range.second <= at.low || at.high <= range.first || here.largest <= level) return std::nullopt;
    if (at.isLeaf()) return at.low;
    if (const auto right = lastAbove(at.right(), range, level - here.added)) return right;
    return lastAbove(at.left(), range, level - here.added);
}

std::optional<std::size_t> Occupancy::firstWithin(const Place& at, std::size_t from, std::int64_t level) const {
    const Node& here = nodes_[at.node];
    if (at.high <= from || here.smallest > level) return std::nullopt;
    if (at.isLeaf()) return at.low;
    if (const auto left = firstWithin(at.left(), from, level - here.added)) return left;
    return firstWithin(at.right(), from, level - here.added);
}

}  // namespace bursar::treasury
