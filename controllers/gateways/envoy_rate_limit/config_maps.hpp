// The ConfigMaps of envoyproxy/ratelimit: written where they differ from the limits, removed where nothing needs them.
//
// All ConfigMaps of one set carry the same `bursar.dev/set` (a hash of every file) and `bursar.dev/shards` (their
// number), so that `bursar sync-limits` beside ratelimit publishes a whole set at once and never half of a change.
// Guarantees: a ConfigMap without our labels is never touched; an empty set is never written.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "controllers/gateways/gateway.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::gateways {

inline constexpr const char* kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr const char* kManagedByValue = "bursar";
inline constexpr const char* kGatewayLabel = "bursar.dev/gateway";     // GatewayName::toString
inline constexpr const char* kSetAnnotation = "bursar.dev/set";        // SHA-256 of every file of the set
inline constexpr const char* kShardsAnnotation = "bursar.dev/shards";  // how many ConfigMaps the set has

const kube::Resource& configMapResource();

class ConfigMapWriter {
  public:
    explicit ConfigMapWriter(std::shared_ptr<kube::Client> client) : client_(std::move(client)) {}

    // As Gateway has them. `owned` are the ConfigMaps that carry our managed-by label, as an informer holds them.
    GatewayReport reconcile(const std::string& policy, const api::Gateway& gateway,
                            std::span<const treasury::Limit> limits, const kube::Store& owned);
    Result<void> removeUnused(const GatewaysInUse& inUse, const kube::Store& owned);

  private:
    // True where something was written.
    Result<bool> write(const kube::Json& desired, const kube::Store& owned);

    std::shared_ptr<kube::Client> client_;
};

}  // namespace bursar::gateways
