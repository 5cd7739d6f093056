#include "controllers/reconcile/observation/watch_health.hpp"

namespace bursar::reconcile {

std::vector<StaleResource> WatchHealth::check(const std::map<std::string, std::string>& errors, Instant now) {
    std::vector<StaleResource> stale;
    for (const auto& [plural, error] : errors) {
        if (error.empty()) {
            failingSince_.erase(plural);
            continue;
        }
        const Instant since = failingSince_.try_emplace(plural, now).first->second;
        if (now - since >= kWatchGrace) stale.push_back({plural, since, error});
    }
    return stale;
}

}  // namespace bursar::reconcile
