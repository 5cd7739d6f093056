// The limits in force at the gateways of one policy.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/gateways/gateway.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::gateways {

struct GatewayStates {
    struct OfGateway {
        api::Gateway gateway;
        GatewayFacts facts;
        GatewayReport report;
        Instant lastApplied{};  // when its limits last changed
        bool supported = true;  // false for a gateway type this build has no implementation of
    };
    std::vector<OfGateway> gateways;
};

using GatewayStatesByPolicy = std::map<std::string, GatewayStates>;

}  // namespace bursar::gateways
