#include "operator/cli/run/sync_limits.hpp"

#include <condition_variable>
#include <map>

#include "controllers/gateways/envoy_rate_limit/config.hpp"
#include "controllers/gateways/envoy_rate_limit/envoy_rate_limit.hpp"
#include "operator/cli/verb/verb.hpp"
#include "operator/runtime/base/mutex.hpp"
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

// Every shard is there, and nothing in them was changed since the operator wrote them: what somebody edits by hand is
// not put in force, the operator is about to repair it.
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
    // While a change is on its way two sets are there, neither of them complete; the last published one stays.
    for (auto& [hash, set] : sets) {
        if (isWhole(hash, set)) return std::move(set.files);
    }
    return std::nullopt;
}

int runSyncLimits(std::shared_ptr<kube::Reader> client, const SyncLimitsOptions& options, const std::stop_token& stop) {
    Mutex mutex;
    std::condition_variable_any changed;
    bool dirty = false;  // guarded by mutex
    kube::Informer informer{
        std::move(client), {gateways::configMapResource(), options.ns, options.selector}, [&](const kube::Key*) {
            const MutexLock lock{mutex};
            dirty = true;
            changed.notify_all();
        }};
    kube::ConfigMapDir directory{options.directory};
    kube::FileSet published;
    informer.start();
    bool failed = false;
    while (!stop.stop_requested()) {
        {
            MutexLock lock{mutex};
            if (failed) {
                changed.wait_for(lock, stop, kRetry, [&] { return dirty; });
            } else {
                changed.wait(lock, stop, [&] { return dirty; });
            }
            if (stop.stop_requested()) break;
            changed.wait_for(lock, stop, kDebounce, [] { return false; });
            dirty = false;
        }
        auto files = completeSet(*informer.snapshot());
        if (!files) {
            log::warn("no complete set of limits, the last one stays in force", {{"selector", options.selector}});
            continue;
        }
        if (*files == published) continue;
        const auto done = directory.publish(*files);
        failed = !done;
        if (!done) {
            log::error("limits not published", {{"error", done.error().message}});
            continue;
        }
        published = std::move(*files);
        log::info("limits published", {{"files", published.size()}});
    }
    informer.stop();
    return 0;
}

}  // namespace bursar::cli
