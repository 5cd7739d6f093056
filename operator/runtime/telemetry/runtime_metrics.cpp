#include "operator/runtime/telemetry/runtime_metrics.hpp"

#include "operator/runtime/telemetry/log.hpp"

namespace bursar::telemetry {
namespace {

using prometheus::MetricType;

// As client-go's.
const std::vector<double> kRequestBuckets = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
constexpr std::size_t kMostCauses = 256;  // that are remembered
const std::vector<double> kQueueBuckets = {1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 60};

double secondsOf(Duration span) { return std::chrono::duration<double>{span}.count(); }

}  // namespace

class RuntimeMetrics::Queue final : public kube::QueueObserver {
  public:
    Queue(RuntimeMetrics& metrics, std::string name) : metrics_(metrics), values_{std::move(name)} {}

    void added() override { metrics_.queueAdds_.add(values_); }
    void retried() override { metrics_.queueRetries_.add(values_); }
    void started(std::chrono::nanoseconds waited) override { metrics_.queueDuration_.observe(values_, waited); }
    void finished(std::chrono::nanoseconds worked) override { metrics_.workDuration_.observe(values_, worked); }
    void depth(std::size_t keys) override { metrics_.queueDepth_.set(values_, static_cast<double>(keys)); }

  private:
    RuntimeMetrics& metrics_;
    const LabelValues values_;
};

RuntimeMetrics::RuntimeMetrics()
    : requests_({"rest_client_requests_total",
                 MetricType::Counter,
                 {"code", "method", "host"},
                 "requests",
                 "Requests to the API server by HTTP status; code <error> where no answer came."}),
      requestDuration_({"rest_client_request_duration_seconds",
                        MetricType::Histogram,
                        {"verb", "host"},
                        "seconds",
                        "How long requests to the API server took until the answer was read, without watches."},
                       kRequestBuckets),
      queueDepth_({"workqueue_depth",
                   MetricType::Gauge,
                   {"name"},
                   "keys",
                   "Keys that wait in the queue, also those that wait for a retry."}),
      queueAdds_({"workqueue_adds_total", MetricType::Counter, {"name"}, "keys", "Keys that were queued."}),
      queueRetries_({"workqueue_retries_total",
                     MetricType::Counter,
                     {"name"},
                     "keys",
                     "Keys that were queued again after a failure."}),
      queueDuration_({"workqueue_queue_duration_seconds",
                      MetricType::Histogram,
                      {"name"},
                      "seconds",
                      "How long keys waited in the queue after they were due."},
                     kQueueBuckets),
      workDuration_({"workqueue_work_duration_seconds",
                     MetricType::Histogram,
                     {"name"},
                     "seconds",
                     "How long the work on a key took."},
                    kQueueBuckets),
      certificateExpires_(
          {"bursar_client_certificate_expiration_timestamp_seconds",
           MetricType::Gauge,
           {"host"},
           "Unix time",
           "When the client certificate that is shown to the API server expires; absent where none is."}),
      clockSkew_(
          {"bursar_clock_skew_seconds",
           MetricType::Gauge,
           {},
           "seconds",
           "How far our clock is ahead of the API server's at the least, by the Date of its last answer; negative "
           "where it is behind, 0 where both may be right."}),
      leader_({"leader_election_master_status",
               MetricType::Gauge,
               {"name"},
               "0 or 1",
               "1 where this replica leads by the Lease of this name, 0 where it is a candidate; absent without an "
               "election."}),
      relists_({"bursar_informer_relists_total",
                MetricType::Counter,
                {"resource"},
                "lists",
                "How often all objects of a resource were listed again, as a watch could not be resumed."}),
      events_({"bursar_events_total",
               MetricType::Counter,
               {"type", "reason"},
               "events",
               "Kubernetes events that were recorded, also those that were combined or dropped."}),
      eventsDropped_(
          {"bursar_events_dropped_total",
           MetricType::Counter,
           {},
           "events",
           "Events that were not written: too many of one object, or faster than the API server takes them."}),
      exceptions_({"bursar_thread_exceptions_total",
                   MetricType::Counter,
                   {"thread"},
                   "exceptions",
                   "Exceptions that a thread of the operator caught and went on after; any is a defect of Bursar, and "
                   "its cause is "
                   "in the log."}) {
    eventsDropped_.set({}, 0);
}

void RuntimeMetrics::addTo(MetricRegistry& registry) const {
    for (const MetricSource* source : std::initializer_list<const MetricSource*>{
             &requests_, &requestDuration_, &queueDepth_, &queueAdds_, &queueRetries_, &queueDuration_, &workDuration_,
             &certificateExpires_, &clockSkew_, &leader_, &relists_, &events_, &eventsDropped_, &exceptions_}) {
        registry.add(*source);
    }
}

kube::RequestObserver RuntimeMetrics::requests() {
    return [this](const kube::RequestOutcome& outcome) {
        requests_.add({outcome.status == 0 ? "<error>" : std::to_string(outcome.status), outcome.method, outcome.host});
        if (!outcome.isWatch) requestDuration_.observe({outcome.method, outcome.host}, outcome.took);
        if (outcome.dated) clockSkew_.set({}, secondsOf(kube::skewOf(*outcome.dated)));
        if (outcome.certificateExpires) {
            certificateExpires_.set({outcome.host}, secondsOf(outcome.certificateExpires->time_since_epoch()));
        }
    };
}

std::shared_ptr<kube::QueueObserver> RuntimeMetrics::queue(const std::string& name) {
    for (ValueTable* table : {&queueDepth_, &queueAdds_, &queueRetries_}) table->begin({name});
    return std::make_shared<Queue>(*this, name);
}

std::function<void()> RuntimeMetrics::relists(const std::string& resource) {
    relists_.begin({resource});
    return [this, resource] { relists_.add({resource}); };
}

kube::EventObserver RuntimeMetrics::events() {
    return {[this](kube::EventType type, const std::string& reason) {
                events_.add({type == kube::EventType::Normal ? "Normal" : "Warning", reason});
            },
            [this] { eventsDropped_.add({}); }, exceptions("events")};
}

OnException RuntimeMetrics::exceptions(const std::string& thread) {
    exceptions_.begin({thread});
    return [this, thread](const std::string& cause) {
        exceptions_.add({thread});
        if (isNewCause(thread, cause)) {
            log::error("unexpected exception; the thread goes on", {{"thread", thread}, {"cause", cause}});
        }
    };
}

bool RuntimeMetrics::isNewCause(const std::string& thread, const std::string& cause) {
    const MutexLock lock{causesMutex_};
    if (causes_.size() >= kMostCauses) causes_.clear();
    return causes_.insert({thread, cause}).second;
}

}  // namespace bursar::telemetry
