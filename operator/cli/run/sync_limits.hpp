// `bursar sync-limits`: runs beside envoyproxy/ratelimit and writes the ConfigMaps into its configuration folder.
//
// Why not a ConfigMap volume: a kubelet brings a change within a minute or so, knows only ConfigMaps named beforehand,
// and brings several one by one. This command watches, so a change is in force in well under a second. It takes a set
// of shards only when it is complete and as the operator wrote it (annotations bursar.dev/set and bursar.dev/shards),
// so neither half of a change nor an edit by hand is ever in force. It never publishes an empty set, which ratelimit
// would read as "no limits".
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/config_map_dir.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::cli {

struct SyncLimitsOptions {
    std::string ns;
    std::string selector;
    std::string directory;
};

// The files of the complete set; nothing if no set is complete. Pure.
std::optional<kube::FileSet> completeSet(const kube::Store& configMaps);

// Returns the process's exit code.
int runSyncLimits(std::shared_ptr<kube::Reader> client, const SyncLimitsOptions& options, const std::stop_token& stop);

}  // namespace bursar::cli
