// The surroundings that an implementation of a gateway may use.
#pragma once

#include <functional>
#include <memory>

#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/telemetry/runtime_metrics.hpp"

namespace bursar::gateways {

struct GatewayContext {
    std::shared_ptr<kube::Client> client;
    std::shared_ptr<telemetry::RuntimeMetrics> runtime;
    std::function<void()> onChange;  // to be called when a watched object changes; callable from any thread
};

}  // namespace bursar::gateways
