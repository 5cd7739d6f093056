// Decides which events become new Event objects, which increase the count of an existing one, and which are dropped, as
// client-go does: an object that fails in a loop neither fills etcd nor hides the events of others.
//
// Rules, in this order. An object has at most `burst` events at once and one more every `refill`. If one object and
// reason have more than `similar` different messages within a window, the others are combined into one event,
// `(combined from similar events): …`. An event that occurred within the window increases the count of its object;
// later it is a new object. Time comes from the caller. Not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/kube/resource.hpp"

namespace bursar::kube {

struct CorrelatorBounds {
    Duration window = std::chrono::minutes{10};
    std::size_t similar = 10;
    int burst = 25;
    Duration refill = std::chrono::minutes{5};
    std::size_t remembered = 4096;  // entries of each kind: objects, reasons, events
};

struct CorrelatedEvent {
    std::string identity;
    std::string message;
    std::optional<Key> known;  // the Event whose count increases; empty: create one
    int count = 1;
};

class EventCorrelator {
  public:
    explicit EventCorrelator(CorrelatorBounds bounds = {}) : bounds_(bounds) {}

    // `object` identifies the object; `about` identifies the object with the event's type and reason. Empty: drop it.
    std::optional<CorrelatedEvent> correlate(const std::string& object, const std::string& about,
                                             const std::string& message, Instant now);
    // The event was written as `key`.
    void written(const CorrelatedEvent& event, const Key& key, Instant now);
    // The Event object is gone, or could not be written.
    void forget(const CorrelatedEvent& event) { written_.erase(event.identity); }

  private:
    struct Bucket {
        double tokens = 0;
        Instant filled;
    };
    struct Similar {
        std::set<std::size_t> messages;  // their hashes
        Instant last;
    };
    struct Written {
        Key key;
        int count = 1;
        Instant last;
    };
    bool spend(const std::string& object, Instant now);
    bool isOneOfMany(const std::string& about, const std::string& message, Instant now);

    const CorrelatorBounds bounds_;
    std::map<std::string, Bucket> buckets_;   // by object
    std::map<std::string, Similar> similar_;  // by object, type and reason
    std::map<std::string, Written> written_;  // by identity
};

}  // namespace bursar::kube
