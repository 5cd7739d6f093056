// Which resources are not current because their watch fails, and since when. Pure; one owner.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::reconcile {

// Objects that decisions are made of, and that may be older than those of the API server.
struct StaleResource {
    std::string plural;
    Instant since;
    std::string error;  // the latest
};

// A watch that is taken up again within this time has told nothing late that anybody would notice.
inline constexpr Duration kWatchGrace = std::chrono::seconds{5};

class WatchHealth {
  public:
    // `errors` by resource: what its informer says, empty where it is well. Those that failed for longer than the
    // grace.
    std::vector<StaleResource> look(const std::map<std::string, std::string>& errors, Instant now);

  private:
    std::map<std::string, Instant> failingSince_;
};

}  // namespace bursar::reconcile
