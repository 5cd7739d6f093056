// Sums of amounts at known instants: how much lies before a moment. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::treasury {

// A Fenwick tree: add() and before() take O(log n).
class RunningSums {
  public:
    // `instants`: every instant that add() will be given, in any order.
    explicit RunningSums(std::vector<Instant> instants = {});

    // `at` must be among the instants.
    void add(Instant at, std::int64_t amount);

    // The sum of what was added at instants earlier than `at` (any instant).
    [[nodiscard]] std::int64_t before(Instant at) const;

  private:
    std::vector<Instant> instants_;   // sorted, each once
    std::vector<std::int64_t> sums_;  // sums_[k] covers the k & -k instants that end at number k, from 1
};

}  // namespace bursar::treasury
