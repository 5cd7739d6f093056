// Brings what was decided to the gateways, and keeps what each of them said.
//
// Flow: each decision goes to every gateway of its policy; a gateway that fails is tried again with backoff, and not
// before the time it asked for. Guarantees: the limits of a policy that cannot be used stay as they are; a gateway that
// no policy names any more loses its limits and is forgotten: should it come back, it is tried at once. Used by one
// thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/gateways/envoy_rate_limit/envoy_rate_limit.hpp"
#include "controllers/gateways/gateway_states.hpp"
#include "controllers/reconcile/metrics/metrics.hpp"
#include "controllers/treasury/decisions.hpp"
#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::reconcile {

class LimitPublisher {
  public:
    using Policies = std::map<std::string, std::shared_ptr<const api::AllocationPolicy>>;

    LimitPublisher(std::shared_ptr<kube::Client> client, const Clock& clock, std::shared_ptr<TreasuryMetrics> metrics)
        : clock_(clock), metrics_(std::move(metrics)), envoyRateLimit_(std::move(client)) {}

    // What is in force where, by policy. `policies` has every policy that was decided, `configMaps` those that carry
    // our label.
    std::map<std::string, gateways::GatewayStates> publish(const treasury::Decisions& decisions,
                                                           const Policies& policies, const kube::Store& configMaps);

  private:
    // Of one gateway: what was published last, and how the last attempt ended.
    struct State {
        std::optional<std::vector<treasury::Limit>> limits;  // nothing since the start: not known
        api::EnvoyRateLimitGateway block;
        Instant writtenAt{};
        std::optional<Error> error;
        Attempts attempts;
        std::string logged;  // the error that was logged last
    };

    gateways::GatewayStates publishPolicy(const treasury::PolicyDecision& decision, const api::AllocationPolicy& policy,
                                          const kube::Store& configMaps);
    gateways::GatewayReport publishTo(State& state, const api::Gateway& gateway,
                                      const treasury::PolicyDecision& decision, const kube::Store& configMaps);
    void notePublished(State& state, const treasury::PolicyDecision& decision, const api::Gateway& gateway,
                       const gateways::GatewayReport& report);

    const Clock& clock_;
    const std::shared_ptr<TreasuryMetrics> metrics_;
    gateways::EnvoyRateLimit envoyRateLimit_;
    std::map<std::string, State> states_;  // by gateway label
};

}  // namespace bursar::reconcile
