// The cost of a period in the statuses of TeamQuota and AllocationPolicy (crds/ is the schema). Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "controllers/reconcile/conditions/conditions.hpp"
#include "controllers/reconcile/delivery/statement_delivery.hpp"
#include "controllers/reconcile/record/closed_statements.hpp"
#include "controllers/treasury/chargeback/charges.hpp"

namespace bursar::reconcile {

// The costs and statements of one policy. Null charges are not known yet: the status keeps its stored ones.
struct Money {
    const treasury::Charges* charges = nullptr;
    const PolicyStatements* statements = nullptr;
    Deliveries deliveries;  // of closed statements, by SHA-256
    bool hasWebhook = false;
};

// Sets status.chargeback and status.summary.cost of a TeamQuota; `previous` is the object as stored.
void setTeamChargeback(nlohmann::json& status, const std::string& team, const Money& money,
                       const nlohmann::json& previous);

// Sets status.chargeback of an AllocationPolicy, and the conditions ModelsPriced, StatementsClosed and (with a webhook)
// StatementsDelivered.
void setPolicyChargeback(nlohmann::json& status, ConditionList& conditions, const Money& money,
                         const nlohmann::json& previous);

// The deliveries in the status of a stored AllocationPolicy.
Deliveries storedDeliveries(const nlohmann::json& object);

}  // namespace bursar::reconcile
