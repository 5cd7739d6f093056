// The status of an AllocationPolicy.
#include <fmt/format.h>

#include <algorithm>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/reconcile/status/verdict.hpp"

namespace bursar::reconcile {
namespace {

using nlohmann::json;

json renderPool(const treasury::PoolDecision& pool) {
    json out = {{"name", pool.name},
                {"windowStart", formatInstant(pool.span.start)},
                {"windowEnd", formatInstant(pool.span.end)},
                {"capacity", pool.capacity.value()},
                {"reserve", pool.reserve.value()},
                {"distributable", pool.distributable.value()},
                {"granted", pool.granted.value()},
                {"lent", pool.loans.lent.value()},
                {"promised", pool.loans.promised.value()},
                {"drawn", pool.loans.drawn.value()},
                {"free", pool.free.value()},
                {"unallocated", pool.unallocated.value()},
                {"consumed", pool.consumed.value()},
                {"teamCount", pool.teamCount},
                {"level", pool.level ? std::to_string(*pool.level) : "unlimited"}};
    if (pool.tokensPerMinute) out["tokensPerMinute"] = pool.tokensPerMinute->value();
    for (const auto& change : pool.nextChanges) {
        out["nextChanges"].push_back(
            {{"at", formatInstant(change.at)}, {"loan", change.loan}, {"tokens", change.tokens}});
    }
    return out;
}

json renderGateway(const gateways::GatewayStates::OfGateway& at) {
    json out = {{"name", at.gateway.name}, {"type", api::toString(at.gateway.type)}};
    if (!at.supported) {
        out["message"] = at.report.error ? at.report.error->message : "";
        return out;
    }
    out["limits"] = at.report.limits;
    out["overshootBound"] = at.facts.overshootBound;
    out["onLimiterFailure"] = at.facts.onLimiterFailure;
    out["maxTokensPerWindow"] = at.facts.maxTokensPerWindow;
    if (at.lastApplied != Instant{}) out["lastAppliedTime"] = formatInstant(at.lastApplied);
    if (at.report.error) {
        out["message"] = at.report.error->message;
    } else if (!at.report.refusals.empty()) {
        out["message"] = fmt::format("{} limits cannot be expressed; first: team \"{}\", {}", at.report.refusals.size(),
                                     at.report.refusals.front().team, at.report.refusals.front().message);
    }
    return out;
}

Verdict programmed(const gateways::GatewayStates& enforcement) {
    if (enforcement.gateways.empty()) {
        return {false, api::reason::kNoGateway,
                "spec.gateways: none is named, so nothing enforces the grants; add one"};
    }
    for (const auto& at : enforcement.gateways) {
        if (auto failure = gatewayFailure(at)) return std::move(*failure);
    }
    return {true, api::reason::kProgrammed, "every gateway has the current limits"};
}

// Whether decisions use what the API server holds now.
Verdict resourcesOf(const std::vector<StaleResource>& stale) {
    if (stale.empty()) return {true, api::reason::kWatched, "decisions follow every change of the resources at once"};
    std::string text;
    for (const StaleResource& resource : stale) {
        text += fmt::format("{}{} cannot be watched since {}: {}", text.empty() ? "" : "; ", resource.plural,
                            formatInstant(resource.since), resource.error);
    }
    return {false, api::reason::kWatchFailed, text + "; decisions go by what was there then, and limits stay in force"};
}

// A window that is not recorded this long after its end is late.
constexpr Duration kLate = std::chrono::minutes{5};

// The end of the pool's first window that is not recorded yet; nothing if the pool has no record.
std::optional<Instant> endOfNextRecord(const PolicyRecord& record, const treasury::PoolDecision& pool) {
    const auto until = record.recordedUntil.find(pool.name);
    if (until == record.recordedUntil.end()) return std::nullopt;
    return until->second + (pool.span.end - pool.span.start);
}

// Whether every window that closed is in the ledger.
Verdict recordOf(const PolicyRecord* record, const std::vector<treasury::PoolDecision>& pools, Instant now) {
    if (record == nullptr || !record->known) {
        return {false, api::reason::kLedgerNotRead,
                fmt::format("the record of closed periods cannot be read: {}; history and haircuts stay as the "
                            "statuses say. Fix it as the message says; `bursar ledger verify` checks it",
                            record == nullptr ? "not tried yet" : record->problem)};
    }
    if (!record->problem.empty()) {
        return {false, api::reason::kLedgerNotWritten,
                fmt::format("{}; closed windows wait until it can be written, for at most {} days", record->problem,
                            usage::kFurthestBack / std::chrono::hours{24})};
    }
    for (const treasury::PoolDecision& pool : pools) {
        const auto due = endOfNextRecord(*record, pool);
        if (!due || now - *due < kLate) continue;
        return {false, api::reason::kWaitingForUsage,
                fmt::format("pool \"{}\": the window that ended at {} is not recorded, because the usage source was "
                            "not read beyond its end; it is recorded when the source answers (see UsageFresh)",
                            pool.name, formatInstant(*due))};
    }
    return {true, api::reason::kRecorded, "every closed window is recorded"};
}

// Whether the clock that loans and windows depend on is right.
Verdict clockOf(const kube::ClockVerdict& clock) {
    if (clock.isSynchronized)
        return {true, api::reason::kSynchronized, "the operator's clock and the API server's agree"};
    const bool ahead = clock.skew > Duration{0};
    return {
        false, api::reason::kClockSkewed,
        fmt::format("the operator's clock is {} s {} the API server's; loans begin and end and windows close by the "
                    "operator's. Check NTP on the node that is wrong",
                    std::chrono::floor<std::chrono::seconds>(std::chrono::abs(clock.skew)).count(),
                    ahead ? "ahead of" : "behind")};
}

void setOvercommitted(ConditionList& conditions, const treasury::PolicyDecision& decision) {
    for (const treasury::PoolDecision& pool : decision.pools) {
        if (!pool.overcommitted) continue;
        conditions.set(api::condition::kOvercommitted, "True", api::reason::kFloorsExceedPool,
                       fmt::format("pool \"{}\": the floors in spec.allocation.weights add up to more than the {} "
                                   "tokens it can distribute; every floor is scaled down until they fit. Lower floors, "
                                   "or raise tokensPerWindow",
                                   pool.name, api::formatThousands(pool.distributable.value())));
        return;
    }
    conditions.set(api::condition::kOvercommitted, "False", api::reason::kFloorsFit,
                   "the floors of every pool fit what it can distribute");
}

void setAccepted(ConditionList& conditions, const treasury::PolicyDecision& decision) {
    if (decision.problems.empty()) {
        setCondition(conditions, api::condition::kAccepted, {true, api::reason::kValid, "the policy is in use"});
        return;
    }
    setCondition(conditions, api::condition::kAccepted,
                 {false, decision.problems.front().reason,
                  allMessages(decision.problems) + "; the limits in force stay as they are"});
}

// Consumption and the record of closed windows, which need a usage source.
void setMetered(ConditionList& conditions, const treasury::PolicyDecision& decision, const PolicyFacts& facts,
                Instant now) {
    if (facts.wantsUsage) {
        setUsageFresh(conditions, facts.usage, now);
        setCondition(conditions, api::condition::kRecordUpToDate, recordOf(facts.record, decision.pools, now));
        return;
    }
    conditions.set(api::condition::kUsageFresh, "Unknown", api::reason::kNoUsageSource,
                   "spec.usage names no source, so consumption is not known; add one");
    conditions.set(api::condition::kRecordUpToDate, "Unknown", api::reason::kNoUsageSource,
                   "spec.usage names no source, so closed windows cannot be recorded; add one");
}

}  // namespace

json renderPolicyStatus(const treasury::PolicyDecision& decision, const PolicyFacts& facts, const json& previous,
                        Instant now) {
    const json stored = storedConditions(previous);
    ConditionList conditions{stored, generationOf(previous), now};
    json status = {{"observedGeneration", generationOf(previous)}, {"teamCount", decision.teamCount}};
    const Verdict gateway = programmed(facts.enforcement);
    const std::string granted = fmt::format("{} teams have their grants", decision.teamCount);
    setReadiness(conditions, decision.problems, gateway.good ? Verdict{true, api::reason::kGranted, granted} : gateway);
    setAccepted(conditions, decision);
    setCondition(conditions, api::condition::kResourcesFresh, resourcesOf(facts.stale));
    if (facts.clock.isKnown) setCondition(conditions, api::condition::kClockSynchronized, clockOf(facts.clock));
    if (decision.problems.empty()) {
        setCondition(conditions, api::condition::kGatewayProgrammed, gateway);
        setOvercommitted(conditions, decision);
        setMetered(conditions, decision, facts, now);
        if (facts.wantsUsage) setPolicyChargeback(status, conditions, facts.money, previous);
        status["pools"] = json::array();
        for (const auto& pool : decision.pools) status["pools"].push_back(renderPool(pool));
        status["gateways"] = json::array();
        for (const auto& at : facts.enforcement.gateways) status["gateways"].push_back(renderGateway(at));
    }
    status["conditions"] = conditions.take();
    return status;
}

std::optional<Instant> nextLateRecord(const PolicyRecord* record, const std::vector<treasury::PoolDecision>& pools,
                                      Instant now) {
    std::optional<Instant> next;
    if (record == nullptr) return next;
    for (const treasury::PoolDecision& pool : pools) {
        const auto due = endOfNextRecord(*record, pool);
        if (due && *due + kLate > now) next = std::min(next.value_or(Instant::max()), *due + kLate);
    }
    return next;
}

}  // namespace bursar::reconcile
