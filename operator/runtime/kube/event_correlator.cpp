#include "operator/runtime/kube/event_correlator.hpp"

#include <algorithm>
#include <functional>

namespace bursar::kube {
namespace {

// Makes room in a full map: erases the old entries, or all if none is old.
template <typename Map, typename IsOld>
void bound(Map& map, std::size_t most, IsOld isOld) {
    if (map.size() < most) return;
    std::erase_if(map, [&](const auto& entry) { return isOld(entry.second); });
    if (map.size() >= most) map.clear();
}

}  // namespace

bool EventCorrelator::spend(const std::string& object, Instant now) {
    const double burst = bounds_.burst;
    const auto refilled = [&](const Bucket& bucket) {
        const double since =
            std::chrono::duration<double>(now - bucket.filled) / std::chrono::duration<double>(bounds_.refill);
        return std::min(burst, bucket.tokens + std::max(since, 0.0));
    };
    bound(buckets_, bounds_.remembered, [&](const Bucket& bucket) { return refilled(bucket) >= burst; });
    Bucket& bucket = buckets_.try_emplace(object, Bucket{burst, now}).first->second;
    bucket = {refilled(bucket), now};
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

bool EventCorrelator::isOneOfMany(const std::string& about, const std::string& message, Instant now) {
    bound(similar_, bounds_.remembered, [&](const Similar& each) { return now - each.last > bounds_.window; });
    Similar& similar = similar_[about];
    if (now - similar.last > bounds_.window) similar.messages.clear();
    similar.last = now;
    const std::size_t hash = std::hash<std::string>{}(message);
    if (similar.messages.contains(hash)) return false;
    if (similar.messages.size() >= bounds_.similar) return true;
    similar.messages.insert(hash);
    return false;
}

std::optional<CorrelatedEvent> EventCorrelator::correlate(const std::string& object, const std::string& about,
                                                          const std::string& message, Instant now) {
    if (!spend(object, now)) return std::nullopt;
    CorrelatedEvent event;
    const bool combined = isOneOfMany(about, message, now);
    event.identity = combined ? about : about + "\n" + message;
    event.message = combined ? "(combined from similar events): " + message : message;
    const auto known = written_.find(event.identity);
    if (known != written_.end() && now - known->second.last <= bounds_.window) {
        event.known = known->second.key;
        event.count = known->second.count + 1;
    }
    return event;
}

void EventCorrelator::written(const CorrelatedEvent& event, const Key& key, Instant now) {
    bound(written_, bounds_.remembered, [&](const Written& each) { return now - each.last > bounds_.window; });
    written_[event.identity] = {key, event.count, now};
}

}  // namespace bursar::kube
