// Forecasts and baselines by team for each window of a policy's pools, until the window is recorded.
//
// A team counts in a window if it had a quota in it at any time; the last values count. A window without any decision
// (the operator was down, or the policy could not be used) has the values of the next decision. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/treasury/closing.hpp"

namespace bursar::reconcile {

class PendingWindows {
  public:
    void add(const std::string& pool, Instant windowStart, const treasury::Standings& standings);

    [[nodiscard]] const treasury::Standings& at(const std::string& pool, Instant windowStart) const;

    // Drops windows of the pool that begin before `until`, which are recorded. The newest stays: it may be the only
    // one.
    void forget(const std::string& pool, Instant until);

  private:
    using Shared = std::shared_ptr<const treasury::Standings>;  // by successive windows with the same values
    std::map<std::string, std::map<Instant, Shared>> windows_;  // by pool, then start
};

}  // namespace bursar::reconcile
