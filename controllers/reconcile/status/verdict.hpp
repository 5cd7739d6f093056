// What a status says about one condition, and the conditions that several resources share. Pure.
//
// Private to the rendering of statuses.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/gateways/gateway_states.hpp"
#include "controllers/reconcile/conditions/conditions.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/usage/policy_account.hpp"

namespace bursar::reconcile {

// The status, reason and message of a condition.
struct Verdict {
    bool good = true;    // the condition is True
    std::string reason;  // a constant of controllers/api/condition_reasons.hpp
    std::string message;
};

void setCondition(ConditionList& conditions, const char* type, const Verdict& verdict);

// `True` or `False`.
std::string_view conditionValue(bool value);

// Ready, and while it is False Stalled or Reconciling. Problems come before `verdict`. Only a gateway that failed is
// tried again; a person must fix anything else.
void setReadiness(ConditionList& conditions, const std::vector<treasury::Problem>& problems, const Verdict& verdict);

// Null: the source was not read since the operator started. Then the condition keeps its stored value, if it has one,
// as the consumption in the status does.
void setUsageFresh(ConditionList& conditions, const usage::PolicyUsage* usage, Instant now);

// Why the gateway does not have the current limits; nothing if it has them.
std::optional<Verdict> gatewayFailure(const gateways::GatewayStates::OfGateway& at);

// Every problem with its field, separated by `; `.
std::string allMessages(const std::vector<treasury::Problem>& problems);

// status.conditions of an object as stored; an empty list if it has none.
nlohmann::json storedConditions(const nlohmann::json& object);

// metadata.generation of an object as stored.
std::int64_t generationOf(const nlohmann::json& object);

}  // namespace bursar::reconcile
