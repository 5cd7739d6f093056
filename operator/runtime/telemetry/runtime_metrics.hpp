// The metrics of a controller's runtime: requests to the API server, work queues, the election, informers, events. They
// have the names of client-go and controller-runtime, so that dashboards for other operators work. Metrics without a
// name there begin with bursar_.
//
// Thread-safe. Its observers must not be called after it is destroyed.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/kube/events.hpp"
#include "operator/runtime/kube/request_observer.hpp"
#include "operator/runtime/kube/work_queue.hpp"
#include "operator/runtime/telemetry/metrics.hpp"

namespace bursar::telemetry {

class RuntimeMetrics {
  public:
    RuntimeMetrics();
    RuntimeMetrics(const RuntimeMetrics&) = delete;
    RuntimeMetrics& operator=(const RuntimeMetrics&) = delete;

    // This object must outlive the registry.
    void addTo(MetricRegistry& registry) const;

    [[nodiscard]] kube::RequestObserver requests();
    [[nodiscard]] std::shared_ptr<kube::QueueObserver> queue(const std::string& name);
    // For InformerOptions::onRelist; `resource` as in URLs, `teamquotas`.
    [[nodiscard]] std::function<void()> relists(const std::string& resource);
    [[nodiscard]] kube::EventObserver events();
    // For the thread of this name: counts exceptions, and logs each cause once.
    [[nodiscard]] OnException exceptions(const std::string& thread);
    // Whether this replica holds the Lease of this name.
    void leads(const std::string& lease, bool isLeader) { leader_.set({lease}, isLeader ? 1 : 0); }

  private:
    class Queue;
    bool isNewCause(const std::string& thread, const std::string& cause);

    ValueTable requests_;
    DurationTable requestDuration_;
    ValueTable queueDepth_;
    ValueTable queueAdds_;
    ValueTable queueRetries_;
    DurationTable queueDuration_;
    DurationTable workDuration_;
    ValueTable certificateExpires_;
    ValueTable clockSkew_;
    ValueTable leader_;
    ValueTable relists_;
    ValueTable events_;
    ValueTable eventsDropped_;
    ValueTable exceptions_;

    Mutex causesMutex_;
    std::set<std::pair<std::string, std::string>> causes_ GUARDED_BY(causesMutex_);  // logged: thread and cause
};

}  // namespace bursar::telemetry
