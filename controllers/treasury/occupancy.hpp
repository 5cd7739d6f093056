// The sum of amounts held at each moment, and its largest value within a span of time. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "controllers/treasury/budget_window.hpp"

namespace bursar::treasury {

// A segment tree over the stretches between known instants: add() and peak() take O(log n).
class Occupancy {
  public:
    // `edges`: every start and end of the spans that add() will get, in any order.
    explicit Occupancy(std::vector<Instant> edges = {});

    // Both ends must be among the edges; an empty span adds nothing.
    void add(const TimeWindow& span, std::int64_t amount);

    // The largest sum at one moment of `span`, whose ends can be any instants; 0 if no amount is held in it.
    [[nodiscard]] std::int64_t peak(const TimeWindow& span) const;

  private:
    struct Node {
        std::int64_t added = 0;    // to the whole stretch of this node
        std::int64_t largest = 0;  // sum at one moment within it, with all that was added here and below
    };
    void add(std::size_t node, std::size_t low, std::size_t high, std::size_t from, std::size_t to,
             std::int64_t amount);
    [[nodiscard]] std::int64_t peak(std::size_t node, std::size_t low, std::size_t high, std::size_t from,
                                    std::size_t to) const;
    [[nodiscard]] std::size_t stretches() const { return edges_.empty() ? 0 : edges_.size() - 1; }

    std::vector<Instant> edges_;  // sorted, each once; stretch k is [edges_[k], edges_[k + 1])
    std::vector<Node> nodes_;
};

}  // namespace bursar::treasury
