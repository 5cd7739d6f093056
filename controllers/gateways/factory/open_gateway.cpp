#include "controllers/gateways/factory/open_gateway.hpp"

#include "controllers/gateways/envoy_rate_limit/envoy_rate_limit.hpp"

namespace bursar::gateways {

std::unique_ptr<Gateway> openGateway(api::GatewayType type, const GatewayContext& context) {
    switch (type) {
        case api::GatewayType::EnvoyRateLimit:
            return std::make_unique<EnvoyRateLimit>(context);
        case api::GatewayType::EnvoyGateway:
        case api::GatewayType::LiteLLM:
        case api::GatewayType::Kuadrant:
            return nullptr;
    }
    return nullptr;
}

GatewaysByType openGateways(const GatewayContext& context) {
    constexpr api::GatewayType kTypes[] = {api::GatewayType::EnvoyRateLimit, api::GatewayType::EnvoyGateway,
                                           api::GatewayType::LiteLLM, api::GatewayType::Kuadrant};
    GatewaysByType opened;
    for (const api::GatewayType type : kTypes) {
        if (auto gateway = openGateway(type, context)) opened[type] = std::move(gateway);
    }
    return opened;
}

}  // namespace bursar::gateways
