// A fake API server for tests of single parts: objects in memory, watches by script. The real one is used in
// tests/cluster and tests/e2e.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>

#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::testing {

using kube::Json;

class FakeClient final : public kube::Client {
  public:
    // Scripts the next list() or watch(). Without a script, list() answers the stored objects and watch() waits.
    using WatchStep =
        std::function<Result<void>(const kube::WatchOptions&, const std::function<void(kube::WatchEvent)>&)>;
    void onNextList(Result<kube::ObjectList> answer) {
        const std::lock_guard lock{mutex_};
        lists_.push_back(std::move(answer));
    }
    void onNextWatch(WatchStep step) {
        const std::lock_guard lock{mutex_};
        watches_.push_back(std::move(step));
        changed_.notify_all();
    }
    // The next write (create, replace, patch, apply, remove) fails with this.
    void failNextWrite(Error error) {
        const std::lock_guard lock{mutex_};
        failures_.push_back(std::move(error));
    }

    // The next write throws this instead of answering: a defect within the client.
    void throwAtNextWrite(std::string what) {
        const std::lock_guard lock{mutex_};
        throws_.push_back(std::move(what));
    }

    std::size_t failuresLeft() const {
        const std::lock_guard lock{mutex_};
        return failures_.size();
    }

    // While cut off, every read and write fails.
    void cutOff(bool cut) {
        const std::lock_guard lock{mutex_};
        cut_ = cut;
    }

    std::map<kube::Key, Json> objects() const {
        const std::lock_guard lock{mutex_};
        return objects_;
    }
    int writes() const {
        const std::lock_guard lock{mutex_};
        return writes_;
    }
    kube::Store store() const {
        kube::Store store;
        for (const auto& [key, object] : objects()) store[key] = std::make_shared<const Json>(object);
        return store;
    }

    Result<Json> get(const kube::Resource&, const kube::Key& key) override {
        const std::lock_guard lock{mutex_};
        if (cut_) return unreachable();
        const auto found = objects_.find(key);
        if (found == objects_.end()) return notFound();
        return found->second;
    }
    Result<kube::ObjectList> list(const kube::Resource&, const kube::ListOptions& options) override {
        const std::lock_guard lock{mutex_};
        if (!lists_.empty()) {
            auto answer = std::move(lists_.front());
            lists_.pop_front();
            return answer;
        }
        kube::ObjectList all;
        all.resourceVersion = std::to_string(version_);
        for (const auto& [key, object] : objects_) {
            if (isSelected(object, options)) all.items.push_back(object);
        }
        return all;
    }
    Result<Json> create(const kube::Resource&, const Json& object) override {
        const std::lock_guard lock{mutex_};
        if (auto failure = nextFailure()) return *failure;
        if (objects_.contains(kube::keyOf(object))) return makeError(ErrorCode::AlreadyExists, "exists");
        return storeLocked(object);
    }
    Result<Json> mergePatch(const kube::Resource&, const kube::Key& key, const Json& patch,
                            const std::string&) override {
        const std::lock_guard lock{mutex_};
        if (auto failure = nextFailure()) return *failure;
        const auto found = objects_.find(key);
        if (found == objects_.end()) return notFound();
        Json merged = found->second;
        merged.merge_patch(patch);
        return storeLocked(std::move(merged));
    }
    Result<Json> apply(const kube::Resource&, const Json& object, const kube::ApplyOptions&) override {
        const std::lock_guard lock{mutex_};
        if (auto failure = nextFailure()) return *failure;
        Json merged = objects_[kube::keyOf(object)];
        merged.merge_patch(object);
        return storeLocked(std::move(merged));
    }
    Result<Json> replace(const kube::Resource&, const Json& object, const std::string&) override {
        const std::lock_guard lock{mutex_};
        if (auto failure = nextFailure()) return *failure;
        const auto found = objects_.find(kube::keyOf(object));
        if (found == objects_.end()) return notFound();
        if (found->second["metadata"]["resourceVersion"] != object["metadata"].value("resourceVersion", "")) {
            return makeError(ErrorCode::Conflict, "changed in between");
        }
        return storeLocked(object);
    }
    Result<void> remove(const kube::Resource&, const kube::Key& key, const std::string&, const std::string&) override {
        const std::lock_guard lock{mutex_};
        if (auto failure = nextFailure()) return *failure;
        ++writes_;
        if (objects_.erase(key) == 0) return notFound();
        return {};
    }
    Result<void> watch(const kube::Resource&, const kube::WatchOptions& options, std::stop_token stop,
                       const std::function<void(kube::WatchEvent)>& onEvent) override {
        WatchStep step;
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, stop, [this] { return !watches_.empty(); });
            if (watches_.empty()) return makeError(ErrorCode::Cancelled, "stopped");
            step = std::move(watches_.front());
            watches_.pop_front();
        }
        return step(options, onEvent);
    }

  private:
    // Namespaces, and label selectors of the forms `key` and `key=value`.
    static bool isSelected(const Json& object, const kube::ListOptions& options) {
        if (!options.ns.empty() && kube::keyOf(object).ns != options.ns) return false;
        if (options.labelSelector.empty()) return true;
        const auto equals = options.labelSelector.find('=');
        const std::string key = options.labelSelector.substr(0, equals);
        const Json labels = object["metadata"].value("labels", Json::object());
        if (!labels.contains(key)) return false;
        return equals == std::string::npos || labels[key] == options.labelSelector.substr(equals + 1);
    }
    static Error unreachable() { return makeError(ErrorCode::Unavailable, "connection refused"); }
    static Error notFound() { return makeError(ErrorCode::NotFound, "not found"); }
    std::optional<Error> nextFailure() {
        if (!throws_.empty()) {
            const std::runtime_error defect{throws_.front()};
            throws_.pop_front();
            throw defect;
        }
        if (cut_) return unreachable();
        if (failures_.empty()) return std::nullopt;
        Error error = std::move(failures_.front());
        failures_.pop_front();
        return error;
    }
    Json storeLocked(Json object) {
        ++writes_;
        object["metadata"]["resourceVersion"] = std::to_string(++version_);
        objects_[kube::keyOf(object)] = object;
        return object;
    }

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<kube::Key, Json> objects_;
    std::deque<Result<kube::ObjectList>> lists_;
    std::deque<WatchStep> watches_;
    std::deque<Error> failures_;
    std::deque<std::string> throws_;
    bool cut_ = false;
    int version_ = 100;
    int writes_ = 0;
};

}  // namespace bursar::testing
