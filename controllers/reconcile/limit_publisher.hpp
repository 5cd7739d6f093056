// Publishes the limits that were decided at every gateway, and keeps the report of each.
//
// Flow: each decision goes to every gateway of its policy. A gateway that fails is tried again with backoff, and not
// before the time it asked for. Guarantees: the limits of a policy that cannot be used stay as they are, and so do
// those of a gateway whose type has no implementation. A gateway that no policy names loses its limits and its state:
// if it comes back, it is tried at once. Threads: start(), stop(), hasSynced() and watchErrors() may be called from any
// thread, the rest by one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/gateways/factory/open_gateway.hpp"
#include "controllers/gateways/gateway_states.hpp"
#include "controllers/reconcile/metrics/metrics.hpp"
#include "controllers/treasury/decisions.hpp"
#include "operator/runtime/base/backoff.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::reconcile {

class LimitPublisher {
  public:
    using Policies = std::map<std::string, std::shared_ptr<const api::AllocationPolicy>>;

    LimitPublisher(gateways::GatewaysByType gateways, const Clock& clock, std::shared_ptr<TreasuryMetrics> metrics)
        : clock_(clock), metrics_(std::move(metrics)), gateways_(std::move(gateways)) {}

    // As every Gateway's: of what the gateways watch.
    void start();
    void stop();
    [[nodiscard]] bool hasSynced() const;
    [[nodiscard]] std::map<std::string, std::string> watchErrors() const;

    // `policies` has every policy that was decided.
    gateways::GatewayStatesByPolicy publish(const treasury::Decisions& decisions, const Policies& policies);

    // When publish() has an attempt to repeat; nothing where none failed.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> nextAttempt() const;

  private:
    // Of one gateway: what was published last, and how the last attempt ended.
    struct State {
        std::optional<std::vector<treasury::Limit>> limits;  // absent until something was published since the start
        api::Gateway gateway;
        Instant writtenAt{};
        std::optional<Error> error;
        Attempts attempts;
        std::string logged;  // the error that was logged last
    };

    gateways::GatewayStates publishPolicy(const treasury::PolicyDecision& decision,
                                          const api::AllocationPolicy& policy);
    gateways::GatewayReport publishTo(gateways::Gateway& gateway, const api::Gateway& spec,
                                      const treasury::PolicyDecision& decision, State& state);
    void recordWrites(const gateways::Gateway& gateway, const api::Gateway& spec,
                      const treasury::PolicyDecision& decision, const gateways::GatewayReport& report, State& state);
    void removeUnused(const treasury::Decisions& decisions, const Policies& policies);

    const Clock& clock_;
    const std::shared_ptr<TreasuryMetrics> metrics_;
    const gateways::GatewaysByType gateways_;
    std::map<gateways::GatewayName, State> states_;
    std::map<api::GatewayType, Attempts> removals_;  // of limits of unused gateways
};

}  // namespace bursar::reconcile
