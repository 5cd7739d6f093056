// What stood in each window of a policy's pools until the window is recorded: forecasts and baselines, by team.
//
// A team counts in a window if it had a quota in it at any time, with what stood last. A window nobody looked at (the
// operator was down, or the policy could not be used) has what stood when somebody looked next. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/treasury/closing.hpp"

namespace bursar::reconcile {

class PendingWindows {
  public:
    void note(const std::string& pool, Instant windowStart, const treasury::Standings& standings);

    [[nodiscard]] const treasury::Standings& at(const std::string& pool, Instant windowStart) const;

    // Windows of the pool that begin before `until` are recorded; the last one stays, as it may be all there is.
    void forget(const std::string& pool, Instant until);

  private:
    using Shared = std::shared_ptr<const treasury::Standings>;  // by windows in which nothing changed
    std::map<std::string, std::map<Instant, Shared>> notes_;    // by pool, then start
};

}  // namespace bursar::reconcile
