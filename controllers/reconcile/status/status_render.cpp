#include "controllers/reconcile/status/status_render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/status/conditions.hpp"

namespace bursar::reconcile {
namespace {

using nlohmann::json;
using treasury::Budget;

struct Verdict {
    bool good = true;
    std::string reason;
    std::string message;
};

json storedConditions(const json& object) {
    const auto status = object.find("status");
    return status != object.end() && status->is_object() ? status->value("conditions", json::array()) : json::array();
}

std::int64_t generationOf(const json& object) { return object["metadata"].value("generation", std::int64_t{0}); }

std::string_view truth(bool value) { return value ? "True" : "False"; }

std::optional<Verdict> failureOf(const gateways::GatewayStates::OfGateway& at) {
    if (!at.report.error) return std::nullopt;
    return Verdict{false, api::reason::kGatewayNotProgrammed,
                   fmt::format("gateway \"{}\": {}", at.gateway.name, at.report.error->message)};
}

// What one team's limits came to at all gateways of its policy.
Verdict enforcementOf(const std::string& team, const gateways::GatewayStates& enforcement) {
    if (enforcement.gateways.empty()) {
        return {false, api::reason::kNoGateway, "the AllocationPolicy names no gateway, so nothing enforces the grant"};
    }
    for (const auto& at : enforcement.gateways) {
        if (auto failure = failureOf(at)) return std::move(*failure);
        for (const gateways::Refusal& refusal : at.report.refusals) {
            if (refusal.team == team) {
                return {false, api::reason::kLimitNotExpressible,
                        fmt::format("gateway \"{}\": {}", at.gateway.name, refusal.message)};
            }
        }
    }
    return {true, api::reason::kInForce, "the limits are published to every gateway of the policy"};
}

Verdict usageOf(const usage::PolicyUsage* usage, Instant now) {
    if (usage == nullptr) return {false, api::reason::kNotYetRead, "the usage source has not been read yet"};
    if (usage->isFresh(now)) return {true, api::reason::kFresh, "consumption is current"};
    const std::string stale = usage->lastScrape == Instant{} ? api::reason::kNeverSeen : api::reason::kStale;
    return {false, usage->doubt ? usage->doubt->reason : stale,
            usage->staleness(now) + "; consumption shown is the last that was known, limits stay in force"};
}

// Whether what was decided is by what the API server holds now.
Verdict resourcesOf(const std::vector<StaleResource>& stale) {
    if (stale.empty()) return {true, api::reason::kWatched, "decisions follow every change of the resources at once"};
    std::string text;
    for (const StaleResource& resource : stale) {
        text += fmt::format("{}{} cannot be watched since {}: {}", text.empty() ? "" : "; ", resource.plural,
                            formatInstant(resource.since), resource.error);
    }
    return {false, api::reason::kWatchFailed, text + "; decisions go by what was there then, and limits stay in force"};
}

// One pool: the plain value; several: `chat=1500000,embed=20000`. For printer columns, which show one value only.
std::string summarise(const std::vector<Budget>& budgets, const std::function<std::string(const Budget&)>& value) {
    if (budgets.size() == 1) return value(budgets.front());
    std::string text;
    for (const Budget& budget : budgets) text += (text.empty() ? "" : ",") + budget.pool + "=" + value(budget);
    return text;
}

json renderSummary(const std::vector<Budget>& budgets) {
    const auto amount = [](api::Tokens tokens) { return std::to_string(tokens.value()); };
    return {
        {"granted", summarise(budgets, [&](const Budget& b) { return amount(b.granted); })},
        {"consumed", summarise(budgets, [&](const Budget& b) { return amount(b.consumed); })},
        {"usedPercent", summarise(budgets, [](const Budget& b) { return std::to_string(b.usedPercent); })},
        {"loaned", summarise(budgets, [&](const Budget& b) { return amount(b.loaned); })},
        {"haircut", summarise(budgets, [](const Budget& b) { return std::to_string(b.rationale.haircutPercent); })}};
}

json renderBudget(const Budget& budget) {
    json out = {{"pool", budget.pool},
                {"window", api::toString(budget.window)},
                {"baseline", budget.baseline.value()},
                {"loaned", budget.loaned.value()},
                {"granted", budget.granted.value()},
                {"consumed", budget.consumed.value()},
                {"remaining", budget.remaining.value()},
                {"usedPercent", budget.usedPercent},
                {"windowStart", formatInstant(budget.span.start)},
                {"windowEnd", formatInstant(budget.span.end)}};
    if (budget.tokensPerMinute) out["tokensPerMinute"] = budget.tokensPerMinute->value();
    return out;
}

json renderRationale(const Budget& budget) {
    const treasury::Rationale& r = budget.rationale;
    json out = {{"pool", budget.pool},
                {"forecast", r.forecast},
                {"haircutPercent", r.haircutPercent},
                {"advisoryHaircutPercent", r.advisoryHaircutPercent},
                {"credibleForecast", r.credibleForecast},
                {"historyPercent", r.historyPercent},
                {"claim", r.claim},
                {"weight", r.weight},
                {"level", r.level ? std::to_string(*r.level) : "unlimited"},
                {"grant", r.grant},
                {"bound", treasury::toString(r.bound)},
                {"sentence", r.sentence}};
    if (r.history) out["history"] = *r.history;
    if (r.floor) out["floor"] = *r.floor;
    if (r.ceiling) out["ceiling"] = *r.ceiling;
    if (budget.tokensPerMinute) out["tokensPerMinute"] = budget.tokensPerMinute->value();
    return out;
}

json renderForecastRecord(const std::vector<Budget>& budgets) {
    json out = json::array();
    for (const Budget& budget : budgets) {
        for (const auto& term : budget.forecastRecord) {
            out.push_back({{"pool", budget.pool},
                           {"period", term.period},
                           {"forecast", term.forecast},
                           {"actual", term.actual},
                           {"errorPercent", term.errorPercent},
                           {"throttledPercent", term.throttledPercent},
                           {"overPercent", term.overPercent},
                           {"haircutPercent", term.haircutPercent}});
        }
    }
    return out;
}

std::string allMessages(const std::vector<treasury::Problem>& problems) {
    std::string text;
    for (const treasury::Problem& problem : problems) text += (text.empty() ? "" : "; ") + problem.toString();
    return text;
}

std::string grantedInWords(const std::vector<Budget>& budgets) {
    std::string text;
    for (const Budget& budget : budgets) {
        text += fmt::format("{}{} tokens {} from pool \"{}\"", text.empty() ? "" : ", ",
                            api::formatThousands(budget.granted.value()), api::perWindow(budget.window), budget.pool);
    }
    return "granted " + text;
}

// Ready, and whichever of Stalled and Reconciling applies. Something a person must mend stalls; the rest is on its way.
void setReadiness(ConditionList& conditions, const std::vector<treasury::Problem>& problems, const Verdict& enforced,
                  const std::string& goodMessage) {
    if (!problems.empty()) {
        const std::string message = allMessages(problems);
        conditions.set(api::condition::kReady, "False", problems.front().reason, message);
        conditions.set(api::condition::kStalled, "True", problems.front().reason, message);
        return;
    }
    if (enforced.good) {
        conditions.set(api::condition::kReady, "True", api::reason::kGranted, goodMessage);
        return;
    }
    conditions.set(api::condition::kReady, "False", enforced.reason, enforced.message);
    const bool retried = enforced.reason == api::reason::kGatewayNotProgrammed;
    conditions.set(retried ? api::condition::kReconciling : api::condition::kStalled, "True", enforced.reason,
                   enforced.message);
}

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
        if (auto failure = failureOf(at)) return std::move(*failure);
    }
    return {true, api::reason::kProgrammed, "every gateway has the current limits"};
}

// A window that closed this long ago and is not recorded is late.
constexpr Duration kLate = std::chrono::minutes{5};

// When the pool's first window that is not recorded yet ends; nothing where the pool has no record.
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
                            "statuses say. Mend it as the message says; `bursar ledger verify` checks it",
                            record == nullptr ? "not tried yet" : record->problem)};
    }
    if (!record->problem.empty()) {
        return {false, api::reason::kLedgerNotWritten,
                fmt::format("{}; closed windows wait until it can be written, for {} days at the most", record->problem,
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

// Whether loans begin and end, and windows close, by a clock that is right.
Verdict clockOf(const kube::ClockVerdict& clock) {
    if (clock.isSynchronized)
        return {true, api::reason::kSynchronized, "the operator's clock and the API server's agree"};
    const bool ahead = clock.skew > Duration{0};
    return {
        false, api::reason::kClockSkewed,
        fmt::format("the operator's clock is {} s {} the API server's; loans begin and end and windows close by the "
                    "operator's. Mend NTP on the node that is wrong",
                    std::chrono::floor<std::chrono::seconds>(std::chrono::abs(clock.skew)).count(),
                    ahead ? "ahead of" : "behind")};
}

// Until the source was asked for the first time since the start, what the last operator said stands, as its numbers do.
void setUsageFresh(ConditionList& conditions, const usage::PolicyUsage* usage, Instant now) {
    if (usage == nullptr && conditions.keep(api::condition::kUsageFresh)) return;
    const Verdict fresh = usageOf(usage, now);
    conditions.set(api::condition::kUsageFresh, usage == nullptr ? "Unknown" : truth(fresh.good), fresh.reason,
                   fresh.message);
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

}  // namespace

json renderQuotaStatus(const treasury::QuotaDecision& decision, const gateways::GatewayStates* enforcement,
                       const usage::PolicyUsage* usage, const Money& money, const json& previous, Instant now) {
    const json stored = storedConditions(previous);
    ConditionList conditions{stored, generationOf(previous), now};
    Verdict enforced{true, "", ""};
    if (!decision.budgets.empty() && enforcement != nullptr) enforced = enforcementOf(decision.team, *enforcement);
    setReadiness(conditions, decision.problems, enforced, grantedInWords(decision.budgets));
    json status = {{"observedGeneration", generationOf(previous)}};
    if (!decision.budgets.empty()) {
        conditions.set(api::condition::kEnforced, truth(enforced.good), enforced.reason, enforced.message);
        setUsageFresh(conditions, usage, now);
        status["summary"] = renderSummary(decision.budgets);
        status["budgets"] = json::array();
        status["rationale"] = json::array();
        for (const Budget& budget : decision.budgets) {
            status["budgets"].push_back(renderBudget(budget));
            status["rationale"].push_back(renderRationale(budget));
        }
        json record = renderForecastRecord(decision.budgets);
        if (!record.empty()) status["forecastRecord"] = std::move(record);
        setTeamChargeback(status, decision.team, money, previous);
    }
    status["conditions"] = conditions.take();
    return status;
}

json renderPolicyStatus(const treasury::PolicyDecision& decision, const PolicyFacts& facts, const json& previous,
                        Instant now) {
    const json stored = storedConditions(previous);
    ConditionList conditions{stored, generationOf(previous), now};
    json status = {{"observedGeneration", generationOf(previous)}, {"teamCount", decision.teamCount}};
    const bool accepted = decision.problems.empty();
    const Verdict gateway = programmed(facts.enforcement);
    setReadiness(conditions, decision.problems, gateway, fmt::format("{} teams have their grants", decision.teamCount));
    conditions.set(
        api::condition::kAccepted, truth(accepted), accepted ? api::reason::kValid : decision.problems.front().reason,
        accepted ? "the policy is in use" : allMessages(decision.problems) + "; the limits in force stay as they are");
    const Verdict watched = resourcesOf(facts.stale);
    conditions.set(api::condition::kResourcesFresh, truth(watched.good), watched.reason, watched.message);
    if (facts.clock.isKnown) {
        const Verdict synchronized = clockOf(facts.clock);
        conditions.set(api::condition::kClockSynchronized, truth(synchronized.good), synchronized.reason,
                       synchronized.message);
    }
    if (accepted) {
        conditions.set(api::condition::kGatewayProgrammed, truth(gateway.good), gateway.reason, gateway.message);
        setOvercommitted(conditions, decision);
        if (facts.wantsUsage) {
            setUsageFresh(conditions, facts.usage, now);
            const Verdict upToDate = recordOf(facts.record, decision.pools, now);
            conditions.set(api::condition::kRecordUpToDate, truth(upToDate.good), upToDate.reason, upToDate.message);
        } else {
            conditions.set(api::condition::kUsageFresh, "Unknown", api::reason::kNoUsageSource,
                           "spec.usage names no source, so consumption is not known; add one");
            conditions.set(api::condition::kRecordUpToDate, "Unknown", api::reason::kNoUsageSource,
                           "spec.usage names no source, so closed windows cannot be recorded; add one");
        }
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

json renderLoanStatus(const treasury::LoanDecision& decision, const std::string& waitingFor, const json& previous,
                      Instant now) {
    using api::LoanPhase;
    const treasury::LoanOutcome& outcome = decision.outcome;
    const json stored = storedConditions(previous);
    ConditionList conditions{stored, generationOf(previous), now};
    const bool decided = outcome.decidedAt != Instant{};
    const bool denied = outcome.phase == LoanPhase::Denied;
    const std::string phase{api::toString(outcome.phase)};
    const bool ruled = denied && outcome.rule != treasury::LoanRule::None;
    const std::string reason = ruled ? std::string{treasury::toString(outcome.rule)} : phase;
    const std::string hints = treasury::hintSentence(outcome);
    const std::string message = hints.empty() ? outcome.message : outcome.message + "; " + hints;
    if (!waitingFor.empty()) {
        conditions.set(api::condition::kReady, "False", api::reason::kReturningToBaseline, waitingFor);
        conditions.set(api::condition::kReconciling, "True", api::reason::kReturningToBaseline, waitingFor);
    } else if (!decision.problems.empty()) {
        conditions.set(api::condition::kReady, "False", decision.problems.front().reason,
                       allMessages(decision.problems));
        conditions.set(api::condition::kStalled, "True", decision.problems.front().reason,
                       allMessages(decision.problems));
    } else if (denied) {
        conditions.set(api::condition::kReady, "False", reason, message);
        conditions.set(api::condition::kStalled, "True", reason, message);
    } else {
        conditions.set(api::condition::kReady, "True", reason, message);
    }
    const bool approved = outcome.phase == LoanPhase::Scheduled || outcome.phase == LoanPhase::Active ||
                          outcome.phase == LoanPhase::Returned;
    conditions.set(api::condition::kApproved, decided ? truth(approved) : "Unknown", reason, message);
    conditions.set(api::condition::kActive, truth(outcome.phase == LoanPhase::Active), phase, message);
    conditions.set(api::condition::kReturned, truth(outcome.phase == LoanPhase::Returned), phase, message);
    json status = {{"observedGeneration", generationOf(previous)},
                   {"phase", phase},
                   {"granted", outcome.granted.value()},
                   {"drawn", outcome.drawn.value()},
                   {"curtailed", outcome.curtailed.value()}};
    if (!outcome.grantedRate.isZero()) status["grantedTokensPerMinute"] = outcome.grantedRate.value();
    if (decided) status["decidedAt"] = formatInstant(outcome.decidedAt);
    if (approved) status["effectiveEnd"] = formatInstant(std::chrono::ceil<std::chrono::seconds>(outcome.effectiveEnd));
    if (outcome.phase == LoanPhase::Returned) status["backToBaseline"] = api::toString(outcome.backToBaseline);
    json& told = status["decision"];
    told["message"] = outcome.message;
    if (ruled) told["rule"] = treasury::toString(outcome.rule);
    if (outcome.largestApprovable) told["largestApprovable"] = outcome.largestApprovable->value();
    if (outcome.earliestStart) told["earliestStart"] = formatInstant(*outcome.earliestStart);
    status["conditions"] = conditions.take();
    return status;
}

}  // namespace bursar::reconcile
