#include "controllers/reconcile/record/pending_windows.hpp"

namespace bursar::reconcile {

void PendingWindows::add(const std::string& pool, Instant windowStart, const treasury::Standings& standings) {
    auto& windows = windows_[pool];
    const auto there = windows.find(windowStart);
    treasury::Standings merged = standings;
    if (there != windows.end()) merged.insert(there->second->begin(), there->second->end());
    if (there != windows.end() && *there->second == merged) return;
    if (!windows.empty() && *windows.rbegin()->second == merged) {
        windows[windowStart] = windows.rbegin()->second;
    } else {
        windows[windowStart] = std::make_shared<const treasury::Standings>(std::move(merged));
    }
}

const treasury::Standings& PendingWindows::at(const std::string& pool, Instant windowStart) const {
    static const treasury::Standings kNone;
    const auto windows = windows_.find(pool);
    if (windows == windows_.end() || windows->second.empty()) return kNone;
    const auto found = windows->second.lower_bound(windowStart);
    return found == windows->second.end() ? *windows->second.rbegin()->second : *found->second;
}

void PendingWindows::forget(const std::string& pool, Instant until) {
    auto& windows = windows_[pool];
    while (windows.size() > 1 && windows.begin()->first < until) windows.erase(windows.begin());
}

}  // namespace bursar::reconcile
