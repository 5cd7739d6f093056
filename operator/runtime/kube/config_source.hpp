// A configuration that is read again while a client uses it.
#pragma once

#include <functional>
#include <string>

#include "operator/runtime/kube/config.hpp"

namespace bursar::kube {

using ConfigSource = std::function<Result<Config>()>;

// loadConfig(), each time it is called. The context stays the one that is current now, whoever chooses another one
// meanwhile.
ConfigSource configSource(const std::string& kubeconfig, const std::string& context);

}  // namespace bursar::kube
