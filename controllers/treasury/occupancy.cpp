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
    if (from >= to) return;
    add(0, 0, stretches(), static_cast<std::size_t>(from), static_cast<std::size_t>(to), amount);
}

std::int64_t Occupancy::peak(const TimeWindow& span) const {
    if (stretches() == 0 || span.end <= edges_.front() || span.start >= edges_.back() || span.end <= span.start)
        return 0;
    // The stretch that holds the start, and the first that begins at the end or later.
    const auto after = std::upper_bound(edges_.begin(), edges_.end(), span.start) - edges_.begin();
    const auto from = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - 1, 0));
    const auto to = static_cast<std::size_t>(std::lower_bound(edges_.begin(), edges_.end(), span.end) - edges_.begin());
    return std::max<std::int64_t>(0, peak(0, 0, stretches(), from, std::min(to, stretches())));
}

void Occupancy::add(std::size_t node, std::size_t low, std::size_t high, std::size_t from, std::size_t to,
                    std::int64_t amount) {
    if (to <= low || high <= from) return;
    Node& here = nodes_[node];
    if (from <= low && high <= to) {
        here.added += amount;
        here.largest += amount;
        return;
    }
    const std::size_t middle = low + (high - low) / 2;
    add(2 * node + 1, low, middle, from, to, amount);
    add(2 * node + 2, middle, high, from, to, amount);
    here.largest = here.added + std::max(nodes_[2 * node + 1].largest, nodes_[2 * node + 2].largest);
}

std::int64_t Occupancy::peak(std::size_t node, std::size_t low, std::size_t high, std::size_t from,
                             std::size_t to) const {
    if (to <= low || high <= from) return 0;
    if (from <= low && high <= to) return nodes_[node].largest;
    const std::size_t middle = low + (high - low) / 2;
    return nodes_[node].added +
           std::max(peak(2 * node + 1, low, middle, from, to), peak(2 * node + 2, middle, high, from, to));
}

}  // namespace bursar::treasury
