// Which resources are out of date because their watch fails, and since when. Pure; one owner.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/runtime/base/instant.hpp"

namespace bursar::reconcile {

// A resource that decisions depend on, and whose objects may be older than those of the API server.
struct StaleResource {
    std::string plural;
    Instant since;
    std::string error;  // the latest

    bool operator==(const StaleResource&) const = default;
};

// A watch that is restored within this time delays no change that anybody would notice.
inline constexpr Duration kWatchGrace = std::chrono::seconds{5};

class WatchHealth {
  public:
    // `errors` by resource: the error of its watch, empty where the watch is healthy. Returns the resources whose watch
    // has failed for longer than kWatchGrace.
    std::vector<StaleResource> check(const std::map<std::string, std::string>& errors, Instant now);

  private:
    std::map<std::string, Instant> failingSince_;
};

}  // namespace bursar::reconcile
