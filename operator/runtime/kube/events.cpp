#include "operator/runtime/kube/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>

#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/stop_wait.hpp"
#include "operator/runtime/base/utf8.hpp"
#include "operator/runtime/kube/event_correlator.hpp"

namespace bursar::kube {
namespace {

constexpr std::size_t kMaxMessage = 1024;
constexpr std::size_t kMaxQueued = 1000;
constexpr BackoffPolicy kWriteBackoff{std::chrono::milliseconds{200}, std::chrono::seconds{15}};
constexpr int kMostRefusals = 5;  // 3 s

bool isRefusal(const Error& error) {
    return error.code == ErrorCode::Forbidden || error.code == ErrorCode::Unauthorized;
}

const Resource& eventResource() {
    static const Resource resource{"", "v1", "events", "Event", true};
    return resource;
}

}  // namespace

class EventRecorder::Impl {
  public:
    Impl(std::shared_ptr<Client> client, const Clock& clock, std::string component,
         std::function<void(const Error&)> onError, EventObserver observer)
        : client_(std::move(client)),
          clock_(clock),
          component_(std::move(component)),
          onError_(std::move(onError)),
          observer_(std::move(observer)),
          thread_(
              [this](const std::stop_token& stop) { keepRunning(stop, observer_.onException, [&] { run(stop); }); }) {}

    void enqueue(EventType type, Json event) {
        if (observer_.recorded) observer_.recorded(type, event["reason"].get<std::string>());
        const MutexLock lock{mutex_};
        if (queue_.size() == kMaxQueued) {
            queue_.pop_front();
            if (observer_.dropped) observer_.dropped();
        }
        queue_.push_back({std::move(event), clock_.now()});
        ready_.notify_all();
    }

    Json describe(const Json& object, EventType type, const std::string& reason, const std::string& message) const {
        const Json& metadata = object["metadata"];
        const std::string ns = metadata.value("namespace", "default");
        const std::string now = formatInstant(clock_.now());
        return {
            {"apiVersion", "v1"},
            {"kind", "Event"},
            {"metadata",
             {{"namespace", ns},
              {"name", fmt::format("{}.{:x}", metadata.value("name", ""), clock_.now().time_since_epoch().count())}}},
            {"involvedObject",
             {{"apiVersion", object.value("apiVersion", "")},
              {"kind", object.value("kind", "")},
              {"name", metadata.value("name", "")},
              {"namespace", metadata.value("namespace", "")},
              {"uid", metadata.value("uid", "")},
              {"resourceVersion", metadata.value("resourceVersion", "")}}},
            {"type", type == EventType::Normal ? "Normal" : "Warning"},
            {"reason", reason},
            {"message", boundedText(message, kMaxMessage)},
            {"source", {{"component", component_}}},
            {"firstTimestamp", now},
            {"lastTimestamp", now},
            {"count", 1}};
    }

    void stop() {
        if (!thread_.joinable()) return;
        thread_.request_stop();
        thread_.join();
    }

  private:
    struct Queued {
        Json event;
        Instant at;
    };

    void run(const std::stop_token& stop) {
        while (true) {
            Queued next;
            {
                MutexLock lock{mutex_};
                ready_.wait(lock, stop, [this]() REQUIRES(mutex_) { return !queue_.empty(); });
                if (stop.stop_requested()) return;
                next = std::move(queue_.front());
                queue_.pop_front();
            }
            handle(next, stop);
        }
    }

    void handle(Queued& next, const std::stop_token& stop) {
        Json& event = next.event;
        const std::string object = event["involvedObject"]["uid"];
        const std::string about =
            fmt::format("{}\n{}\n{}", object, event["type"].get<std::string>(), event["reason"].get<std::string>());
        const auto correlated = correlator_.correlate(object, about, event["message"], next.at);
        if (!correlated) {
            if (observer_.dropped) observer_.dropped();
            return;
        }
        event["message"] = boundedText(correlated->message, kMaxMessage);
        writePatiently(next, *correlated, stop);
    }

    // The events behind it wait too: they are for the same API server.
    void writePatiently(const Queued& next, const CorrelatedEvent& correlated, const std::stop_token& stop) {
        int refused = 0;
        Attempts attempts;
        while (!stop.stop_requested()) {
            const auto written = guarded(observer_.onException, [&] { return write(next, correlated); });
            if (written) return;
            onError_(written.error());
            // An API server that starts up refuses requests until it has read the roles.
            const bool startsUp = isRefusal(written.error()) && ++refused < kMostRefusals;
            if (!written.error().isRetryable() && !startsUp) return correlator_.forget(correlated);
            const auto now = std::chrono::steady_clock::now();
            attempts.backOff(now, kWriteBackoff, std::chrono::seconds{written.error().retryAfterSeconds});
            waitForStop(stop, std::chrono::duration_cast<Duration>(attempts.next - now));
        }
    }

    Result<void> write(const Queued& next, const CorrelatedEvent& correlated) {
        const Json& event = next.event;
        if (correlated.known) {
            const Json patch = {
                {"count", correlated.count}, {"lastTimestamp", event["lastTimestamp"]}, {"message", event["message"]}};
            auto patched = client_->mergePatch(eventResource(), *correlated.known, patch, "");
            if (patched) {
                correlator_.written(correlated, *correlated.known, next.at);
                return {};
            }
            if (!patched.error().isNotFound()) return patched.error();
            correlator_.forget(correlated);  // Events expire; this one is created again
        }
        auto created = client_->create(eventResource(), event);
        // If it exists already, it is this event, and only the answer was lost.
        if (!created && !created.error().isAlreadyExists()) return created.error();
        CorrelatedEvent first = correlated;
        first.count = 1;
        correlator_.written(first, keyOf(event), next.at);
        return {};
    }

    // Constant after construction.
    const std::shared_ptr<Client> client_;
    const Clock& clock_;
    const std::string component_;
    const std::function<void(const Error&)> onError_;
    const EventObserver observer_;

    // Used by the thread only.
    EventCorrelator correlator_;

    Mutex mutex_;
    std::condition_variable_any ready_;
    std::deque<Queued> queue_ GUARDED_BY(mutex_);

    std::jthread thread_;  // last: it uses everything above
};

EventRecorder::EventRecorder(std::shared_ptr<Client> client, const Clock& clock, std::string component,
                             std::function<void(const Error&)> onError, EventObserver observer)
    : impl_(std::make_unique<Impl>(std::move(client), clock, std::move(component), std::move(onError),
                                   std::move(observer))) {}

EventRecorder::~EventRecorder() { stop(); }

void EventRecorder::record(const Json& object, EventType type, const std::string& reason, const std::string& message) {
    impl_->enqueue(type, impl_->describe(object, type, reason, message));
}

void EventRecorder::stop() { impl_->stop(); }

}  // namespace bursar::kube
