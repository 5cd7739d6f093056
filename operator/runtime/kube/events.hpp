// Kubernetes events (core/v1): what happened to an object, for `kubectl describe` and `kubectl get events`.
//
// The same event about the same object is written once and then counted, as kubectl expects; frequent events are
// combined or dropped (event_correlator.hpp). Best effort: a failure goes to the caller's handler and does not block
// the caller. While the API server is away or busy, events wait for it and keep the time they happened. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::kube {

enum class EventType { Normal, Warning };

// Counts events. Called on the recorder's threads; must not block.
struct EventObserver {
    std::function<void(EventType type, const std::string& reason)> recorded = {};  // also those dropped later
    std::function<void()> dropped = {};  // too many for one object, or faster than they can be written
    OnException onException = {};        // an event whose writing throws is dropped
};

class EventRecorder {
  public:
    // `component` is what `kubectl describe` shows under From.
    EventRecorder(std::shared_ptr<Client> client, const Clock& clock, std::string component,
                  std::function<void(const Error&)> onError, EventObserver observer = {});
    ~EventRecorder();

    // Queues the event and returns; a thread writes it. The queue is bounded; a full one drops its oldest event.
    // `object` needs apiVersion, kind and metadata.{name,namespace,uid}. `message` is cut at 1024 bytes.
    void record(const Json& object, EventType type, const std::string& reason, const std::string& message);

    void stop();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::kube
