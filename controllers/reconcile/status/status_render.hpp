// Decisions and what became of them, as the status of the resources (crds/ is the schema). Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/gateways/gateway_states.hpp"
#include "controllers/reconcile/observation/watch_health.hpp"
#include "controllers/reconcile/record/window_recorder.hpp"
#include "controllers/reconcile/status/chargeback_render.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/usage/policy_account.hpp"
#include "operator/runtime/kube/clock_skew.hpp"

namespace bursar::reconcile {

// `previous` is the object as stored (its status keeps the transition times); the answer is the whole status.
nlohmann::json renderQuotaStatus(const treasury::QuotaDecision& decision, const gateways::GatewayStates* enforcement,
                                 const usage::PolicyUsage* usage, const Money& money, const nlohmann::json& previous,
                                 Instant now);

// What the status of a policy is about, beside its decision.
struct PolicyFacts {
    const gateways::GatewayStates& enforcement;
    const usage::PolicyUsage* usage = nullptr;  // null: the source has not been read yet
    bool wantsUsage = false;                    // spec.usage names a source
    const PolicyRecord* record = nullptr;       // null: the ledger has not been read yet
    Money money = {};
    std::vector<StaleResource> stale = {};
    kube::ClockVerdict clock = {};
};

nlohmann::json renderPolicyStatus(const treasury::PolicyDecision& decision, const PolicyFacts& facts,
                                  const nlohmann::json& previous, Instant now);

// When the next window of a pool turns out to be recorded too late, unless it is recorded until then: RecordUpToDate
// becomes False by time alone.
std::optional<Instant> nextLateRecord(const PolicyRecord* record, const std::vector<treasury::PoolDecision>& pools,
                                      Instant now);

// `waitingFor` says why an object that is being deleted is still there; empty where it is not, or need not wait.
nlohmann::json renderLoanStatus(const treasury::LoanDecision& decision, const std::string& waitingFor,
                                const nlohmann::json& previous, Instant now);

}  // namespace bursar::reconcile
