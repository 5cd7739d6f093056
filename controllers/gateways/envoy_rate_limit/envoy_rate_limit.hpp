// The gateway type EnvoyRateLimit: limits as ConfigMaps of envoyproxy/ratelimit.
//
// Flow: render, compare with the ConfigMaps that are there, write only what differs. All ConfigMaps of one set carry
// the same `bursar.dev/set` (a hash of every file) and `bursar.dev/shards` (their number), so that `bursar sync-limits`
// beside ratelimit publishes a whole set at once: no moment with half of a change in force.
// Guarantees: a ConfigMap without our labels is never touched; an empty set is never written.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>

#include "controllers/gateways/gateway.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::gateways {

inline constexpr const char* kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr const char* kManagedByValue = "bursar";
inline constexpr const char* kGatewayLabel = "bursar.dev/gateway";     // `<policy>.<gateway>`
inline constexpr const char* kSetAnnotation = "bursar.dev/set";        // SHA-256 of every file of the set
inline constexpr const char* kShardsAnnotation = "bursar.dev/shards";  // how many ConfigMaps the set has

const kube::Resource& configMapResource();

class EnvoyRateLimit {
  public:
    explicit EnvoyRateLimit(std::shared_ptr<kube::Client> client) : client_(std::move(client)) {}

    static GatewayFacts facts();

    // `owned` are the ConfigMaps that carry our managed-by label, as an informer holds them.
    GatewayReport reconcile(const std::string& policy, const api::Gateway& gateway,
                            std::span<const treasury::Limit> limits, const kube::Store& owned);

    // Removes our ConfigMaps of gateways that no policy names any more. `inUse` holds values of kGatewayLabel.
    // Returns the first error; what could be removed is.
    Result<void> removeOthers(const std::set<std::string>& inUse, const kube::Store& owned);

    static std::string labelValue(const std::string& policy, const api::Gateway& gateway);

  private:
    Result<bool> write(const kube::Json& desired, const kube::Store& owned);

    std::shared_ptr<kube::Client> client_;
};

}  // namespace bursar::gateways
