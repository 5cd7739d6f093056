#include "controllers/gateways/envoy_rate_limit/envoy_rate_limit.hpp"

#include <fmt/format.h>

#include <tuple>

#include "controllers/gateways/envoy_rate_limit/config.hpp"

namespace bursar::gateways {
namespace {

kube::InformerOptions ownedConfigMaps(const GatewayContext& context) {
    kube::InformerOptions options{configMapResource(), "", fmt::format("{}={}", kManagedByLabel, kManagedByValue)};
    if (context.runtime) {
        options.onRelist = context.runtime->relists(options.resource.plural);
        options.onException = context.runtime->exceptions("informer");
    }
    return options;
}

}  // namespace

EnvoyRateLimit::EnvoyRateLimit(const GatewayContext& context)
    : writer_(context.client),
      informer_(context.client, ownedConfigMaps(context),
                [changed = context.onChange](const kube::Key*) { changed(); }) {}

GatewayFacts EnvoyRateLimit::facts() const {
    return {kRateLimitMaxTokens,
            "charged after the answer: a team may exceed its limit by the calls in flight when it is reached",
            "Closed"};
}

std::map<std::string, std::string> EnvoyRateLimit::watchErrors() const {
    return {{configMapResource().plural, informer_.lastError()}};
}

bool EnvoyRateLimit::hasSameTarget(const api::Gateway& a, const api::Gateway& b) const {
    const auto target = [](const api::EnvoyRateLimitGateway& block) {
        return std::tie(block.ns, block.configMapPrefix, block.domain);
    };
    return target(a.envoyRateLimit) == target(b.envoyRateLimit);
}

GatewayReport EnvoyRateLimit::reconcile(const std::string& policy, const api::Gateway& gateway,
                                        std::span<const treasury::Limit> limits) {
    return writer_.reconcile(policy, gateway, limits, *informer_.snapshot());
}

Result<void> EnvoyRateLimit::removeUnused(const GatewaysInUse& inUse) {
    return writer_.removeUnused(inUse, *informer_.snapshot());
}

}  // namespace bursar::gateways
