// Which gateway types this build implements, and the one place that makes a Gateway for a type.
#pragma once

#include <map>
#include <memory>

#include "controllers/gateways/gateway.hpp"
#include "controllers/gateways/gateway_context.hpp"

namespace bursar::gateways {

using GatewaysByType = std::map<api::GatewayType, std::unique_ptr<Gateway>>;

// Null where this build has no implementation of the type.
std::unique_ptr<Gateway> openGateway(api::GatewayType type, const GatewayContext& context);

// One gateway of every type that is implemented. Nothing is watched before start().
GatewaysByType openGateways(const GatewayContext& context);

}  // namespace bursar::gateways
