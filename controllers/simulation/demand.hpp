// A team's true need of tokens, window by window. Integers only; a seed gives the same needs on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controllers/simulation/scenario.hpp"

namespace bursar::simulation {

class DemandStream {
  public:
    // Streams with the same name and seed are equal, so twins share a name.
    DemandStream(const Demand& demand, std::uint64_t seed, const std::string& name);

    struct Period {
        std::int64_t mean = 0;            // before noise, rounded down; the forecast of an honest team
        std::vector<std::int64_t> needs;  // one per window
    };
    Period next(int windows);

  private:
    std::int64_t noisy(std::int64_t need);

    const Demand& demand_;
    std::int64_t base_;
    std::size_t period_ = 0;
    std::uint64_t state_;
};

// floor(amount · percent / 100), at most the largest amount.
std::int64_t scaled(std::int64_t amount, int percent);

}  // namespace bursar::simulation
