#include "controllers/reconcile/status/status_events.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/conditions/conditions.hpp"

namespace bursar::reconcile {
namespace {

using kube::EventType;
using nlohmann::json;

// Conditions of a policy about its neighbours. A failing gateway is not here: it makes the policy not ready, which has
// an event of its own.
constexpr std::array<const char*, 6> kNeighbours = {
    api::condition::kResourcesFresh, api::condition::kClockSynchronized, api::condition::kUsageFresh,
    api::condition::kRecordUpToDate, api::condition::kStatementsClosed,  api::condition::kStatementsDelivered};

// True for reasons that make a condition False for a while in normal operation.
bool isOrdinary(std::string_view reason) {
    return reason == api::reason::kOnItsWay || reason == api::reason::kWaitingForRecord;
}

}  // namespace

StatusEvents::Emitted StatusEvents::emittedFor(const json& status, const Emitted& before) {
    Emitted emitted;
    if (!status.is_object()) return emitted;
    emitted.phase = status.value("phase", "");
    emitted.curtailed = status.value("curtailed", std::int64_t{0});
    if (const json* ready = findCondition(status, api::condition::kReady)) emitted.ready = ready->value("status", "");
    for (const char* type : kNeighbours) {
        const json* condition = findCondition(status, type);
        const std::string value = condition == nullptr ? "Unknown" : condition->value("status", "");
        const auto known = before.troubles.find(type);
        if (value == "Unknown" && known != before.troubles.end())
            emitted.troubles.insert(*known);  // unknown does not end it
        if (value != "False" || isOrdinary(condition->value("reason", ""))) continue;
        emitted.troubles[type] = condition->value("reason", "");
    }
    return emitted;
}

void StatusEvents::emit(const json& object, const json& status) {
    const std::string uid = object["metadata"].value("uid", "");
    const auto known = emitted_.find(uid);
    const Emitted before =
        known != emitted_.end() ? known->second : emittedFor(object.value("status", json::object()), {});
    const Emitted now = emittedFor(status, before);
    if (!now.phase.empty()) {
        emitPhase(object, status, before, now);
    } else {
        emitReadiness(object, status, before, now);
        if (object.value("kind", "") == "AllocationPolicy") emitTroubles(object, status, before, now);
    }
    emitted_[uid] = now;
}

void StatusEvents::keepAtMost(std::size_t objects) {
    if (emitted_.size() > objects) emitted_.clear();
}

void StatusEvents::emitPhase(const json& object, const json& status, const Emitted& before, const Emitted& now) {
    if (before.phase == now.phase && before.curtailed == now.curtailed) return;
    const bool good =
        now.phase != api::reason::kDenied && now.phase != api::reason::kPending && before.curtailed == now.curtailed;
    // The condition's message also names what would be approved instead of a denied loan.
    const std::string message = (*findCondition(status, api::condition::kApproved))["message"];
    record_(object, good ? EventType::Normal : EventType::Warning, now.phase, message.empty() ? now.phase : message);
}

void StatusEvents::emitReadiness(const json& object, const json& status, const Emitted& before, const Emitted& now) {
    if (now.ready == before.ready) return;
    const json& ready = *findCondition(status, api::condition::kReady);
    record_(object, now.ready == "True" ? EventType::Normal : EventType::Warning, ready["reason"], ready["message"]);
}

void StatusEvents::emitTroubles(const json& object, const json& status, const Emitted& before, const Emitted& now) {
    for (const char* type : kNeighbours) {
        const auto was = before.troubles.find(type);
        const auto is = now.troubles.find(type);
        const std::string earlier = was == before.troubles.end() ? "" : was->second;
        const std::string current = is == now.troubles.end() ? "" : is->second;
        if (earlier == current) continue;
        const json& condition = *findCondition(status, type);
        record_(object, current.empty() ? EventType::Normal : EventType::Warning, condition["reason"],
                condition["message"]);
    }
}

}  // namespace bursar::reconcile
