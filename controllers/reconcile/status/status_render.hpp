// The statuses of the resources, from decisions and from what happened to them (crds/ is the schema). Pure.
//
// `previous` is the object as stored: its conditions keep their transition times. Each function returns the whole
// status. quota_status.cpp, policy_status.cpp and loan_status.cpp have one each.
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

// `enforcement` is null if the quota names no policy that can be used; `usage`, if its source was not read yet.
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

// When RecordUpToDate becomes False unless the next window is recorded until then: time alone changes the condition.
std::optional<Instant> nextLateRecord(const PolicyRecord* record, const std::vector<treasury::PoolDecision>& pools,
                                      Instant now);

// `waitingFor` says why a loan that is being deleted still exists; empty for any other loan.
nlohmann::json renderLoanStatus(const treasury::LoanDecision& decision, const std::string& waitingFor,
                                const nlohmann::json& previous, Instant now);

}  // namespace bursar::reconcile
