#include "operator/kube/events.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace bursar::kube {
namespace {

constexpr std::size_t kMaxMessage = 1024;
constexpr std::size_t kMaxQueued = 1000;
constexpr std::size_t kMaxRemembered = 4096;

const Resource& eventResource() {
    static const Resource resource{"", "v1", "events", "Event", true};
    return resource;
}

// At most `most` bytes, never through the middle of a UTF-8 character.
std::string cut(const std::string& text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end);
}

}  // namespace

class EventRecorder::Impl {
  public:
    Impl(std::shared_ptr<Client> client, const Clock& clock, std::string component,
         std::function<void(const Error&)> onError)
        : client_(std::move(client)),
          clock_(clock),
          component_(std::move(component)),
          onError_(std::move(onError)),
          thread_([this](std::stop_token stop) { run(stop); }) {}

    void enqueue(Json event, std::string identity) {
        const std::lock_guard lock{mutex_};
        if (queue_.size() == kMaxQueued) queue_.pop_front();
        queue_.push_back({std::move(event), std::move(identity)});
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
            {"message", cut(message, kMaxMessage)},
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
        std::string identity;
    };
    struct Written {
        Key key;
        int count = 1;
    };

    void run(const std::stop_token& stop) {
        while (true) {
            Queued next;
            {
                std::unique_lock lock{mutex_};
                ready_.wait(lock, stop, [this] { return !queue_.empty(); });
                if (stop.stop_requested()) return;
                next = std::move(queue_.front());
                queue_.pop_front();
            }
            const auto written = write(next);
            if (!written) onError_(written.error());
        }
    }

    Result<void> write(const Queued& next) {
        const auto known = written_.find(next.identity);
        if (known != written_.end()) {
            const Json patch = {{"count", ++known->second.count}, {"lastTimestamp", next.event["lastTimestamp"]}};
            auto patched = client_->mergePatch(eventResource(), known->second.key, patch, "");
            if (patched) return {};
            written_.erase(known);
            if (!patched.error().isNotFound()) return patched.error();  // events expire: then it is written anew
        }
        auto created = client_->create(eventResource(), next.event);
        if (!created) return created.error();
        if (written_.size() >= kMaxRemembered) written_.clear();
        written_[next.identity] = {keyOf(next.event), 1};
        return {};
    }

    // Constant after construction.
    const std::shared_ptr<Client> client_;
    const Clock& clock_;
    const std::string component_;
    const std::function<void(const Error&)> onError_;

    // Used by the thread only.
    std::map<std::string, Written> written_;

    // Guarded by mutex_.
    std::mutex mutex_;
    std::condition_variable_any ready_;
    std::deque<Queued> queue_;

    std::jthread thread_;  // last: it uses everything above
};

EventRecorder::EventRecorder(std::shared_ptr<Client> client, const Clock& clock, std::string component,
                             std::function<void(const Error&)> onError)
    : impl_(std::make_unique<Impl>(std::move(client), clock, std::move(component), std::move(onError))) {}

EventRecorder::~EventRecorder() { stop(); }

void EventRecorder::record(const Json& object, EventType type, const std::string& reason, const std::string& message) {
    const std::string identity = fmt::format("{}\n{}\n{}\n{}", object["metadata"].value("uid", ""),
                                             type == EventType::Normal ? "Normal" : "Warning", reason, message);
    impl_->enqueue(impl_->describe(object, type, reason, message), identity);
}

void EventRecorder::stop() { impl_->stop(); }

}  // namespace bursar::kube
