#include "controllers/reconcile/status/status_events.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "controllers/api/condition_reasons.hpp"
#include "controllers/api/condition_types.hpp"
#include "controllers/reconcile/status/conditions.hpp"

namespace bursar::reconcile {
namespace {

using kube::EventType;
using nlohmann::json;

// Conditions of a policy about a neighbour; a gateway that fails makes it not ready, which is told anyway.
constexpr std::array<const char*, 6> kNeighbours = {
    api::condition::kResourcesFresh, api::condition::kClockSynchronized, api::condition::kUsageFresh,
    api::condition::kRecordUpToDate, api::condition::kStatementsClosed,  api::condition::kStatementsDelivered};

// False for a while in the ordinary course of things.
bool isOrdinary(std::string_view reason) {
    return reason == api::reason::kOnItsWay || reason == api::reason::kWaitingForRecord;
}

}  // namespace

StatusEvents::Said StatusEvents::saidBy(const json& status, const Said& before) {
    Said said;
    if (!status.is_object()) return said;
    said.phase = status.value("phase", "");
    said.curtailed = status.value("curtailed", std::int64_t{0});
    if (const json* ready = findCondition(status, api::condition::kReady)) said.ready = ready->value("status", "");
    for (const char* type : kNeighbours) {
        const json* condition = findCondition(status, type);
        const std::string value = condition == nullptr ? "Unknown" : condition->value("status", "");
        const auto known = before.troubles.find(type);
        if (value == "Unknown" && known != before.troubles.end())
            said.troubles.insert(*known);  // nobody says it is over
        if (value != "False" || isOrdinary(condition->value("reason", ""))) continue;
        said.troubles[type] = condition->value("reason", "");
    }
    return said;
}

void StatusEvents::tell(const json& object, const json& status) {
    const std::string uid = object["metadata"].value("uid", "");
    const auto known = said_.find(uid);
    const Said before = known != said_.end() ? known->second : saidBy(object.value("status", json::object()), {});
    const Said now = saidBy(status, before);
    if (!now.phase.empty()) {
        tellPhase(object, status, before, now);
    } else {
        tellReadiness(object, status, before, now);
        if (object.value("kind", "") == "AllocationPolicy") tellTroubles(object, status, before, now);
    }
    said_[uid] = now;
}

void StatusEvents::keepAtMost(std::size_t objects) {
    if (said_.size() > objects) said_.clear();
}

void StatusEvents::tellPhase(const json& object, const json& status, const Said& before, const Said& now) {
    if (before.phase == now.phase && before.curtailed == now.curtailed) return;
    const bool good =
        now.phase != api::reason::kDenied && now.phase != api::reason::kPending && before.curtailed == now.curtailed;
    // Of a denial it says what would be approved instead, too.
    const std::string message = (*findCondition(status, api::condition::kApproved))["message"];
    record_(object, good ? EventType::Normal : EventType::Warning, now.phase, message.empty() ? now.phase : message);
}

void StatusEvents::tellReadiness(const json& object, const json& status, const Said& before, const Said& now) {
    if (now.ready == before.ready) return;
    const json& ready = *findCondition(status, api::condition::kReady);
    record_(object, now.ready == "True" ? EventType::Normal : EventType::Warning, ready["reason"], ready["message"]);
}

void StatusEvents::tellTroubles(const json& object, const json& status, const Said& before, const Said& now) {
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
