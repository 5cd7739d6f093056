// An API server in memory whose watches deliver what is written, for tests of the reconciler as a whole.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "operator/runtime/kube/client.hpp"

namespace bursar::testing {

using kube::Json;

class FakeCluster final : public kube::Client {
  public:
    // The object as stored; null where there is none.
    Json object(const kube::Resource& resource, const kube::Key& key) const {
        const std::lock_guard lock{mutex_};
        const auto of = objects_.find(resource.plural);
        if (of == objects_.end()) return nullptr;
        const auto found = of->second.find(key);
        return found == of->second.end() ? Json(nullptr) : found->second;
    }

    // Returns when every watch has delivered everything that was written before.
    void waitUntilDelivered() {
        std::unique_lock lock{mutex_};
        const int written = version_;
        changed_.wait(lock, [&] {
            return std::ranges::all_of(delivered_, [&](const auto& watch) { return watch.second >= written; });
        });
    }

    Result<Json> get(const kube::Resource& resource, const kube::Key& key) override {
        Json found = object(resource, key);
        if (found.is_null()) return makeError(ErrorCode::NotFound, "not found");
        return found;
    }
    Result<kube::ObjectList> list(const kube::Resource& resource, const kube::ListOptions&) override {
        const std::lock_guard lock{mutex_};
        kube::ObjectList all;
        all.resourceVersion = std::to_string(version_);
        for (const auto& [key, object] : objects_[resource.plural]) all.items.push_back(object);
        return all;
    }
    Result<Json> create(const kube::Resource& resource, const Json& object) override {
        const std::lock_guard lock{mutex_};
        Json made = object;
        made["metadata"]["uid"] = std::to_string(version_);
        made["metadata"]["generation"] = 1;
        return store(resource, kube::WatchEvent::Type::Added, std::move(made));
    }
    Result<Json> mergePatch(const kube::Resource& resource, const kube::Key& key, const Json& patch,
                            const std::string&) override {
        const std::lock_guard lock{mutex_};
        Json object = objects_[resource.plural].at(key);
        const Json spec = object["spec"];
        object.merge_patch(patch);
        if (object["spec"] != spec) object["metadata"]["generation"] = object["metadata"]["generation"].get<int>() + 1;
        return store(resource, kube::WatchEvent::Type::Modified, std::move(object));
    }
    // Of a status only.
    Result<Json> apply(const kube::Resource& resource, const Json& applied, const kube::ApplyOptions&) override {
        const std::lock_guard lock{mutex_};
        Json object = objects_[resource.plural].at(kube::keyOf(applied));
        if (object.value("status", Json::object()) == applied["status"]) return object;
        object["status"] = applied["status"];
        return store(resource, kube::WatchEvent::Type::Modified, std::move(object));
    }
    Result<Json> replace(const kube::Resource& resource, const Json& object, const std::string&) override {
        const std::lock_guard lock{mutex_};
        return store(resource, kube::WatchEvent::Type::Modified, object);
    }
    Result<void> remove(const kube::Resource& resource, const kube::Key& key, const std::string&,
                        const std::string&) override {
        const std::lock_guard lock{mutex_};
        Json object = objects_[resource.plural].at(key);
        (void)store(resource, kube::WatchEvent::Type::Deleted, std::move(object));
        objects_[resource.plural].erase(key);
        return {};
    }
    Result<void> watch(const kube::Resource& resource, const kube::WatchOptions& options, std::stop_token stop,
                       const std::function<void(kube::WatchEvent)>& onEvent) override {
        int seen = std::stoi(options.resourceVersion);
        std::unique_lock lock{mutex_};
        const int id = watches_++;
        while (true) {
            delivered_[id] = seen;
            changed_.notify_all();
            changed_.wait(lock, stop, [&] { return version_ > seen; });
            if (stop.stop_requested()) {
                delivered_.erase(id);
                return makeError(ErrorCode::Cancelled, "stopped");
            }
            std::vector<kube::WatchEvent> fresh;
            for (const Event& event : events_) {
                if (event.version > seen && event.plural == resource.plural) fresh.push_back(event.event);
            }
            seen = version_;
            lock.unlock();
            for (kube::WatchEvent& event : fresh) onEvent(std::move(event));
            lock.lock();
        }
    }

  private:
    struct Event {
        int version;
        std::string plural;
        kube::WatchEvent event;
    };

    Json store(const kube::Resource& resource, kube::WatchEvent::Type type, Json object) {
        object["apiVersion"] = resource.apiVersion();
        object["kind"] = resource.kind;
        object["metadata"]["resourceVersion"] = std::to_string(++version_);
        events_.push_back({version_, resource.plural, {type, object}});
        objects_[resource.plural][kube::keyOf(object)] = object;
        changed_.notify_all();
        return object;
    }

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    int version_ = 100;
    std::map<std::string, std::map<kube::Key, Json>> objects_;  // by plural
    std::vector<Event> events_;
    int watches_ = 0;
    std::map<int, int> delivered_;  // the last version, by watch
};

}  // namespace bursar::testing
