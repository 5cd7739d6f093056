#include "controllers/treasury/running_sums.hpp"

#include <algorithm>

namespace bursar::treasury {

RunningSums::RunningSums(std::vector<Instant> instants) : instants_(std::move(instants)) {
    std::sort(instants_.begin(), instants_.end());
    instants_.erase(std::unique(instants_.begin(), instants_.end()), instants_.end());
    sums_.resize(instants_.size() + 1);
}

void RunningSums::add(Instant at, std::int64_t amount) {
    const auto place = std::lower_bound(instants_.begin(), instants_.end(), at) - instants_.begin();
    for (auto k = static_cast<std::size_t>(place) + 1; k < sums_.size(); k += k & (~k + 1)) sums_[k] += amount;
}

std::int64_t RunningSums::before(Instant at) const {
    std::int64_t sum = 0;
    const auto place = std::lower_bound(instants_.begin(), instants_.end(), at) - instants_.begin();
    for (auto k = static_cast<std::size_t>(place); k > 0; k -= k & (~k + 1)) sum += sums_[k];
    return sum;
}

}  // namespace bursar::treasury
