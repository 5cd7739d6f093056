#include "controllers/reconcile/limit_publisher.hpp"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BackoffPolicy kGatewayBackoff{milliseconds{500}, seconds{10}};

bool sameBlock(const api::EnvoyRateLimitGateway& a, const api::EnvoyRateLimitGateway& b) {
    return std::tie(a.ns, a.configMapPrefix, a.domain) == std::tie(b.ns, b.configMapPrefix, b.domain);
}

// A policy that cannot be used keeps every limit it has, also those of gateways we can no longer read.
std::set<std::string> gatewaysInUse(const treasury::Decisions& decisions, const LimitPublisher::Policies& policies,
                                    const kube::Store& configMaps) {
    std::set<std::string> inUse;
    for (const treasury::PolicyDecision& decision : decisions.policies) {
        for (const api::Gateway& gateway : policies.at(decision.name)->gateways) {
            inUse.insert(gateways::EnvoyRateLimit::labelValue(decision.name, gateway));
        }
        if (decision.problems.empty()) continue;
        const std::string prefix = decision.name + ".";
        for (const auto& [key, object] : configMaps) {
            const std::string label =
                (*object)["metadata"].value("labels", kube::Json::object()).value(gateways::kGatewayLabel, "");
            if (label.starts_with(prefix)) inUse.insert(label);
        }
    }
    return inUse;
}

// Once when it begins and once when it is over, not at every attempt.
void logChange(const std::string& label, const std::optional<Error>& error, std::string& logged) {
    const std::string message = error ? error->message : "";
    if (message == logged) return;
    logged = message;
    if (error) {
        log::warn("limits not published", {{"gateway", label}, {"error", message}});
    } else {
        log::info("limits are published again", {{"gateway", label}});
    }
}

}  // namespace

std::map<std::string, gateways::GatewayStates> LimitPublisher::publish(const treasury::Decisions& decisions,
                                                                       const Policies& policies,
                                                                       const kube::Store& configMaps) {
    std::map<std::string, gateways::GatewayStates> enforcement;
    for (const treasury::PolicyDecision& decision : decisions.policies) {
        enforcement[decision.name] = publishPolicy(decision, *policies.at(decision.name), configMaps);
    }
    const std::set<std::string> inUse = gatewaysInUse(decisions, policies, configMaps);
    std::erase_if(states_, [&](const auto& entry) { return !inUse.contains(entry.first); });
    const auto removed = envoyRateLimit_.removeOthers(inUse, configMaps);
    if (!removed) log::warn("limits of a removed gateway remain", {{"error", removed.error().message}});
    return enforcement;
}

gateways::GatewayStates LimitPublisher::publishPolicy(const treasury::PolicyDecision& decision,
                                                      const api::AllocationPolicy& policy,
                                                      const kube::Store& configMaps) {
    gateways::GatewayStates enforcement;
    if (!decision.problems.empty()) return enforcement;
    for (const api::Gateway& gateway : policy.gateways) {
        gateways::GatewayStates::OfGateway at{gateway, {}, {}, {}, true};
        if (gateway.type != api::GatewayType::EnvoyRateLimit) {
            at.supported = false;
            at.report.error = makeError(
                ErrorCode::InvalidArgument,
                fmt::format("type {} is not implemented yet; use EnvoyRateLimit", api::toString(gateway.type)));
            enforcement.gateways.push_back(std::move(at));
            continue;
        }
        const std::string label = gateways::EnvoyRateLimit::labelValue(decision.name, gateway);
        State& state = states_[label];
        at.facts = gateways::EnvoyRateLimit::facts();
        at.report = publishTo(state, gateway, decision, configMaps);
        at.lastApplied = state.writtenAt;
        logChange(label, at.report.error, state.logged);
        enforcement.gateways.push_back(std::move(at));
    }
    return enforcement;
}

gateways::GatewayReport LimitPublisher::publishTo(State& state, const api::Gateway& gateway,
                                                  const treasury::PolicyDecision& decision,
                                                  const kube::Store& configMaps) {
    gateways::GatewayReport report;
    if (state.error && !state.attempts.isDue(clock_.steadyNow())) {
        report.limits = decision.limits.size();
        report.error = state.error;
        return report;
    }
    report = envoyRateLimit_.reconcile(decision.name, gateway, decision.limits, configMaps);
    notePublished(state, decision, gateway, report);
    // A conflict means that our copy is older than the store: the watch brings the newer one and wakes us.
    if (report.error && report.error->isConflict()) report.error.reset();
    state.error = report.error;
    if (!report.error) {
        state.attempts = {};
        return report;
    }
    metrics_->gatewayFailed(decision.name, gateway.name);
    state.attempts.backOff(clock_.steadyNow(), kGatewayBackoff, seconds{report.error->retryAfterSeconds});
    return report;
}

// Where limits that were in force had to be written again, somebody else had changed them.
void LimitPublisher::notePublished(State& state, const treasury::PolicyDecision& decision, const api::Gateway& gateway,
                                   const gateways::GatewayReport& report) {
    const bool same = state.limits == decision.limits && sameBlock(state.block, gateway.envoyRateLimit);
    if (report.writes > 0) {
        state.writtenAt = clock_.now();
        metrics_->gatewayWritten(decision.name, gateway.name, report.writes, same);
        log::info("limits published", {{"policy", decision.name},
                                       {"gateway", gateway.name},
                                       {"limits", report.limits},
                                       {"writes", report.writes},
                                       {"repaired", same}});
    }
    if (same || report.error) return;
    state.limits = decision.limits;
    state.block = gateway.envoyRateLimit;
}

}  // namespace bursar::reconcile
