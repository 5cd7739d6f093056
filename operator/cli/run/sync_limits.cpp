#include "operator/cli/run/sync_limits.hpp"

#include <map>

#include "controllers/gateways/envoy_rate_limit/config.hpp"
#include "controllers/gateways/envoy_rate_limit/config_maps.hpp"
#include "operator/cli/verb/verb.hpp"
#include "operator/runtime/base/stop_wait.hpp"
#include "operator/runtime/base/worker_loop.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::cli {
namespace {

using kube::Json;

constexpr std::chrono::milliseconds kDebounce{30};
constexpr std::chrono::seconds kRetry{1};

struct Set {
    std::size_t shards = 0;  // how many it says it has
    std::size_t seen = 0;
    kube::FileSet files;
};

// True if every shard is there and unchanged since the operator wrote it. An edit by hand is not put in force; the
// operator is about to repair it.
bool isWhole(const std::string& hash, const Set& set) {
    if (set.shards == 0 || set.seen != set.shards || set.files.empty()) return false;
    return gateways::setHash({set.files.begin(), set.files.end()}) == hash;
}

std::string annotation(const Json& object, const char* name) {
    const Json annotations = object["metadata"].value("annotations", Json::object());
    return annotations.value(name, "");
}

}  // namespace

std::optional<kube::FileSet> completeSet(const kube::Store& configMaps) {
    std::map<std::string, Set> sets;
    for (const auto& [key, object] : configMaps) {
        Set& set = sets[annotation(*object, gateways::kSetAnnotation)];
        const std::string shards = annotation(*object, gateways::kShardsAnnotation);
        set.shards = static_cast<std::size_t>(std::strtoul(shards.c_str(), nullptr, 10));
        ++set.seen;
        const auto data = object->find("data");
        if (data == object->end() || !data->is_object()) continue;
        for (const auto& [name, content] : data->items()) {
            if (content.is_string()) set.files[name] = content.get<std::string>();
        }
    }
    // During a change there are two sets, neither of them complete; the last published one stays.
    for (auto& [hash, set] : sets) {
        if (isWhole(hash, set)) return std::move(set.files);
    }
    return std::nullopt;
}

namespace {

// Publishes the complete set of the ConfigMaps that an informer holds. One owner.
class LimitFolder {
  public:
    LimitFolder(const kube::Informer& informer, const SyncLimitsOptions& options)
        : informer_(informer), selector_(options.selector), directory_(options.directory) {}

    // Returns the time until the next attempt.
    Duration update() {
        if (!informer_.hasSynced()) return kIdle;  // its first list wakes the loop
        auto files = completeSet(*informer_.snapshot());
        if (!files) {
            log::warn("no complete set of limits, the last one stays in force", {{"selector", selector_}});
            return kIdle;
        }
        if (*files == published_) return kIdle;
        if (const auto done = directory_.publish(*files); !done) {
            log::error("limits not published", {{"error", done.error().message}});
            return kRetry;
        }
        published_ = std::move(*files);
        log::info("limits published", {{"files", published_.size()}});
        return kIdle;
    }

  private:
    static constexpr std::chrono::hours kIdle{1};

    const kube::Informer& informer_;
    const std::string selector_;
    kube::ConfigMapDir directory_;
    kube::FileSet published_;
};

}  // namespace

int runSyncLimits(std::shared_ptr<kube::Reader> client, const SyncLimitsOptions& options, const std::stop_token& stop) {
    WorkerLoop* loop = nullptr;
    kube::Informer informer{std::move(client),
                            {gateways::configMapResource(), options.ns, options.selector},
                            [&loop](const kube::Key*) { loop->wake(); }};
    LimitFolder folder{informer, options};
    WorkerLoop worker{[&folder](bool, const std::stop_token&) { return folder.update(); }, kDebounce};
    loop = &worker;
    informer.start();
    worker.start();
    waitForStop(stop);
    informer.stop();
    worker.stop();
    return 0;
}

}  // namespace bursar::cli
