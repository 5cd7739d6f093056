#include "controllers/reconcile/limit_publisher.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BackoffPolicy kGatewayBackoff{milliseconds{500}, seconds{10}};

// Logs once when an error begins and once when it is over, not at every attempt.
void logChange(const std::string& gateway, const std::optional<Error>& error, std::string& logged) {
    const std::string message = error ? error->message : "";
    if (message == logged) return;
    logged = message;
    if (error) {
        log::warn("limits not published", {{"gateway", gateway}, {"error", message}});
    } else {
        log::info("limits are published again", {{"gateway", gateway}});
    }
}

}  // namespace

void LimitPublisher::start() {
    for (const auto& [type, gateway] : gateways_) gateway->start();
}

void LimitPublisher::stop() {
    for (const auto& [type, gateway] : gateways_) gateway->stop();
}

bool LimitPublisher::hasSynced() const {
    return std::all_of(gateways_.begin(), gateways_.end(), [](const auto& entry) { return entry.second->hasSynced(); });
}

std::map<std::string, std::string> LimitPublisher::watchErrors() const {
    std::map<std::string, std::string> errors;
    for (const auto& [type, gateway] : gateways_) {
        for (auto& [resource, error] : gateway->watchErrors()) {
            std::string& known = errors[resource];  // two gateways may watch the same resource
            if (known.empty()) known = std::move(error);
        }
    }
    return errors;
}

std::optional<std::chrono::steady_clock::time_point> LimitPublisher::nextAttempt() const {
    std::optional<std::chrono::steady_clock::time_point> next;
    const auto add = [&](const Attempts& attempts) {
        if (attempts.delay == Duration{0}) return;
        next = std::min(next.value_or(attempts.next), attempts.next);
    };
    for (const auto& [name, state] : states_) add(state.attempts);
    for (const auto& [type, attempts] : removals_) add(attempts);
    return next;
}

gateways::GatewayStatesByPolicy LimitPublisher::publish(const treasury::Decisions& decisions,
                                                        const Policies& policies) {
    gateways::GatewayStatesByPolicy states;
    for (const treasury::PolicyDecision& decision : decisions.policies) {
        states[decision.name] = publishPolicy(decision, *policies.at(decision.name));
    }
    removeUnused(decisions, policies);
    return states;
}

gateways::GatewayStates LimitPublisher::publishPolicy(const treasury::PolicyDecision& decision,
                                                      const api::AllocationPolicy& policy) {
    gateways::GatewayStates states;
    if (!decision.problems.empty()) return states;
    for (const api::Gateway& spec : policy.gateways) {
        gateways::GatewayStates::OfGateway at{spec, {}, {}, {}, true};
        const auto found = gateways_.find(spec.type);
        if (found == gateways_.end()) {
            at.supported = false;
            at.report.error =
                makeError(ErrorCode::InvalidArgument,
                          fmt::format("type {} is not implemented yet; use EnvoyRateLimit", api::toString(spec.type)));
            states.gateways.push_back(std::move(at));
            continue;
        }
        const gateways::GatewayName name{decision.name, spec.name};
        State& state = states_[name];
        at.facts = found->second->facts();
        at.report = publishTo(*found->second, spec, decision, state);
        at.lastApplied = state.writtenAt;
        logChange(name.toString(), at.report.error, state.logged);
        states.gateways.push_back(std::move(at));
    }
    return states;
}

gateways::GatewayReport LimitPublisher::publishTo(gateways::Gateway& gateway, const api::Gateway& spec,
                                                  const treasury::PolicyDecision& decision, State& state) {
    gateways::GatewayReport report;
    if (state.error && !state.attempts.isDue(clock_.steadyNow())) {
        report.limits = decision.limits.size();
        report.error = state.error;
        return report;
    }
    report = gateway.reconcile(decision.name, spec, decision.limits);
    recordWrites(gateway, spec, decision, report, state);
    // A conflict means that our copy is older than the server's: the watch brings the newer one and wakes the loop.
    if (report.error && report.error->isConflict()) report.error.reset();
    state.error = report.error;
    if (!report.error) {
        state.attempts = {};
        return report;
    }
    metrics_->gatewayFailed(decision.name, spec.name);
    state.attempts.backOff(clock_.steadyNow(), kGatewayBackoff, seconds{report.error->retryAfterSeconds});
    return report;
}

// If neither limits nor target changed, a write repairs a change that somebody else made.
void LimitPublisher::recordWrites(const gateways::Gateway& gateway, const api::Gateway& spec,
                                  const treasury::PolicyDecision& decision, const gateways::GatewayReport& report,
                                  State& state) {
    const bool same = state.limits == decision.limits && gateway.hasSameTarget(state.gateway, spec);
    if (report.writes > 0) {
        state.writtenAt = clock_.now();
        metrics_->gatewayWritten(decision.name, spec.name, report.writes, same);
        log::info("limits published", {{"policy", decision.name},
                                       {"gateway", spec.name},
                                       {"limits", report.limits},
                                       {"writes", report.writes},
                                       {"repaired", same}});
    }
    if (same || report.error) return;
    state.limits = decision.limits;
    state.gateway = spec;
}

void LimitPublisher::removeUnused(const treasury::Decisions& decisions, const Policies& policies) {
    gateways::GatewaysInUse kept;
    std::map<api::GatewayType, std::set<gateways::GatewayName>> named;
    for (const treasury::PolicyDecision& decision : decisions.policies) {
        if (!decision.problems.empty()) kept.brokenPolicies.insert(decision.name);
        for (const api::Gateway& spec : policies.at(decision.name)->gateways) {
            auto& names = gateways_.contains(spec.type) ? named[spec.type] : kept.named;
            names.insert({decision.name, spec.name});
        }
    }
    std::set<gateways::GatewayName> all = kept.named;
    for (const auto& [type, gateway] : gateways_) {
        all.insert(named[type].begin(), named[type].end());
        Attempts& attempts = removals_[type];
        if (!attempts.isDue(clock_.steadyNow())) continue;
        gateways::GatewaysInUse inUse = kept;
        inUse.named.merge(named[type]);
        if (const auto removed = gateway->removeUnused(inUse); !removed) {
            log::warn("limits of a removed gateway remain", {{"error", removed.error().message}});
            attempts.backOff(clock_.steadyNow(), kGatewayBackoff, seconds{removed.error().retryAfterSeconds});
        } else {
            attempts = {};
        }
    }
    std::erase_if(states_, [&](const auto& entry) {
        return !all.contains(entry.first) && !kept.brokenPolicies.contains(entry.first.policy);
    });
    // Nothing of a broken policy is attempted; once it can be used again, its gateways are tried at once.
    for (auto& [name, state] : states_) {
        if (kept.brokenPolicies.contains(name.policy)) state.attempts = {};
    }
}

}  // namespace bursar::reconcile
