// The gateway type EnvoyRateLimit: publishes limits as ConfigMaps of envoyproxy/ratelimit, and watches those
// ConfigMaps.
//
// Threads: the informer's, begun by start() and joined by stop(). reconcile() and removeUnused() have one caller.
#pragma once

#include "controllers/gateways/envoy_rate_limit/config_maps.hpp"
#include "controllers/gateways/gateway_context.hpp"

namespace bursar::gateways {

class EnvoyRateLimit final : public Gateway {
  public:
    explicit EnvoyRateLimit(const GatewayContext& context);

    [[nodiscard]] GatewayFacts facts() const override;
    void start() override { informer_.start(); }
    void stop() override { informer_.stop(); }
    [[nodiscard]] bool hasSynced() const override { return informer_.hasSynced(); }
    [[nodiscard]] std::map<std::string, std::string> watchErrors() const override;
    [[nodiscard]] bool hasSameTarget(const api::Gateway& a, const api::Gateway& b) const override;
    GatewayReport reconcile(const std::string& policy, const api::Gateway& gateway,
                            std::span<const treasury::Limit> limits) override;
    Result<void> removeUnused(const GatewaysInUse& inUse) override;

  private:
    ConfigMapWriter writer_;
    kube::Informer informer_;
};

}  // namespace bursar::gateways
