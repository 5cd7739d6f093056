// A configuration that a client reads again while it runs.
#pragma once

#include <functional>
#include <string>

#include "operator/runtime/kube/config.hpp"

namespace bursar::kube {

using ConfigSource = std::function<Result<Config>()>;

// Each call is a loadConfig(). The context stays the one that is current now, even if the kubeconfig's current-context
// changes.
ConfigSource configSource(const std::string& kubeconfig, const std::string& context);

}  // namespace bursar::kube
