// Which events become objects, and which are counted on one that is there: as client-go does it, so that an object that
// goes wrong in a loop neither fills etcd nor hides the events of others.
//
// Rules, in this order. Of one object and reason, more than `similar` different messages within a window become one
// event,
// `(combined from similar events): …`. The same event within a window counts up the object it has; after a window
// without it, it is a new one. And of one object at most `burst` events at once, one more every `refill`. Time is the
// caller's. Not thread-safe.
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
    std::size_t remembered = 4096;  // objects, and events of them
};

struct CorrelatedEvent {
    std::string identity;
    std::string message;
    std::optional<Key> known;  // the object to count up; nothing: it is to be created
    int count = 1;
};

class EventCorrelator {
  public:
    explicit EventCorrelator(CorrelatorBounds bounds = {}) : bounds_(bounds) {}

    // `about` is what the event is about, with its type and reason; `object` is the object alone. Nothing: to be
    // dropped.
    std::optional<CorrelatedEvent> correlate(const std::string& object, const std::string& about,
                                             const std::string& message, Instant now);
    // It was written as `key`.
    void written(const CorrelatedEvent& event, const Key& key, Instant now);
    // Its object is gone, or could not be written.
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
