// The sum of amounts held at each moment, and its largest value within a span of time. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

// A segment tree over the stretches between known instants: every member but the constructor takes O(log n).
class Occupancy {
  public:
    // `edges`: every start and end of the spans that add() will get, in any order.
    explicit Occupancy(std::vector<Instant> edges = {});

    // Both ends must be among the edges; an empty span adds nothing.
    void add(const TimeWindow& span, std::int64_t amount);

    // The largest sum at one moment of `span`, whose ends can be any instants; 0 if no amount is held in it.
    [[nodiscard]] std::int64_t peak(const TimeWindow& span) const;

    // Where more than `level` (at least 0) is held at some moment of `span`: the end of the last such time, which may
    // lie beyond the end of `span`. Nothing where no more than `level` is held.
    [[nodiscard]] std::optional<Instant> endOfExcess(const TimeWindow& span, std::int64_t level) const;

  private:
    struct Node {
        std::int64_t added = 0;     // to the whole stretch of this node
        std::int64_t largest = 0;   // sum at one moment within it, with all that was added here and below
        std::int64_t smallest = 0;  // the same
    };
    // A node and the stretches beneath it: [low, high).
    struct Place {
        std::size_t node = 0;
        std::size_t low = 0;
        std::size_t high = 0;

        [[nodiscard]] Place left() const { return {2 * node + 1, low, low + (high - low) / 2}; }
        [[nodiscard]] Place right() const { return {2 * node + 2, low + (high - low) / 2, high}; }
        [[nodiscard]] bool isLeaf() const { return high - low == 1; }
    };
    using Range = std::pair<std::size_t, std::size_t>;  // of stretches, the second exclusive
    void add(const Place& at, const Range& range, std::int64_t amount);
    [[nodiscard]] std::int64_t peak(const Place& at, const Range& range) const;
    // The last stretch of `range` above `level`; the first from `from` on that is not.
    [[nodiscard]] std::optional<std::size_t> lastAbove(const Place& at, const Range& range, std::int64_t level) const;
    [[nodiscard]] std::optional<std::size_t> firstWithin(const Place& at, std::size_t from, std::int64_t level) const;
    // The stretches that `span` touches; empty where it touches none.
    [[nodiscard]] Range touched(const TimeWindow& span) const;
    [[nodiscard]] Place root() const { return {0, 0, stretches()}; }
    [[nodiscard]] std::size_t stretches() const { return edges_.empty() ? 0 : edges_.size() - 1; }

    std::vector<Instant> edges_;  // sorted, each once; stretch k is [edges_[k], edges_[k + 1])
    std::vector<Node> nodes_;
};

}  // namespace bursar::treasury
