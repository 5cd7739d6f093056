#include "controllers/reconcile/status/status_writer.hpp"

#include <optional>

#include "controllers/reconcile/status/status_budget.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

// After an outage, however long, every status is written within this time.
constexpr BackoffPolicy kStatusBackoff{std::chrono::milliseconds{100}, std::chrono::seconds{15}};

std::string idOf(const kube::Resource& resource, const kube::Key& key) {
    return resource.plural + " " + key.toString();
}

nlohmann::json applyBody(const kube::Resource& resource, const kube::Key& key, const nlohmann::json& status) {
    nlohmann::json metadata = {{"name", key.name}};
    if (!key.ns.empty()) metadata["namespace"] = key.ns;
    return {{"apiVersion", resource.apiVersion()}, {"kind", resource.kind}, {"metadata", metadata}, {"status", status}};
}

}  // namespace

StatusWriter::StatusWriter(std::shared_ptr<kube::Client> client, const Clock& clock, int workers,
                           std::shared_ptr<kube::QueueObserver> observer, OnException onException)
    : client_(std::move(client)),
      onException_(std::move(onException)),
      queue_(clock, kStatusBackoff, std::move(observer)) {
    for (int i = 0; i < workers; ++i) {
        workers_.emplace_back(
            [this](const std::stop_token& stop) { keepRunning(stop, onException_, [this] { work(); }); });
    }
}

StatusWriter::~StatusWriter() { stop(); }

void StatusWriter::stop() {
    queue_.stop();
    workers_.clear();  // joins
}

void StatusWriter::submit(const kube::Resource& resource, const kube::Key& key, nlohmann::json status) {
    const std::string id = idOf(resource, key);
    {
        const MutexLock lock{mutex_};
        const auto refused = refused_.find(id);
        if (refused != refused_.end() && refused->second == withoutTransients(status)) return;
        const auto waiting = pending_.find(id);
        if (waiting != pending_.end() && waiting->second.status == status) return;  // it is written after its backoff
        pending_[id] = {resource, key, std::move(status)};
    }
    queue_.add(id);
}

void StatusWriter::rememberAtMost(std::size_t objects) {
    const MutexLock lock{mutex_};
    if (refused_.size() > objects) refused_.clear();
}

bool StatusWriter::isPending(const kube::Resource& resource, const kube::Key& key) const {
    const MutexLock lock{mutex_};
    return pending_.contains(idOf(resource, key));
}

void StatusWriter::work() {
    while (const auto id = queue_.next()) {
        const auto turned = guarded(onException_, [&]() -> Result<void> {
            write(*id);
            return {};
        });
        if (!turned) queue_.addRateLimited(*id);
        queue_.done(*id);
    }
}

void StatusWriter::write(const std::string& id) {
    std::optional<Pending> job;
    {
        const MutexLock lock{mutex_};
        const auto found = pending_.find(id);
        if (found == pending_.end()) return;
        job = found->second;
    }
    const auto written = guarded(onException_, [&] {
        return client_->apply(job->resource, applyBody(job->resource, job->key, job->status),
                              {kFieldManager, true, "status"});
    });
    // Only an invalid status stays invalid. A 403 ends when somebody fixes the role, or when a restarted API server has
    // read it.
    const bool refused = !written && written.error().code == ErrorCode::InvalidArgument;
    // Cancelled means we lost leadership: the next leader writes it.
    const bool isDropped = !written && (written.error().isNotFound() || written.error().isCancelled());
    const bool finished = written || refused || isDropped;
    if (!written && !isDropped) {
        log::warn("status not written", {{"object", id}, {"retry", !finished}, {"error", written.error().message}});
    }
    if (!finished) {
        const int asked = written.error().retryAfterSeconds;
        if (asked > 0) {
            queue_.addAfter(id, std::chrono::seconds{asked});
        } else {
            queue_.addRateLimited(id);
        }
        return;
    }
    queue_.forget(id);
    const MutexLock lock{mutex_};
    refused_.erase(id);
    if (refused) refused_[id] = withoutTransients(job->status);
    const auto found = pending_.find(id);
    if (found != pending_.end() && found->second.status == job->status) pending_.erase(found);
}

}  // namespace bursar::reconcile
