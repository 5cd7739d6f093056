// Decisions and what became of them, as the status of the resources (crds/ is the schema). Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/gateways/gateway.hpp"
#include "controllers/reconcile/chargeback_render.hpp"
#include "controllers/reconcile/policy_books.hpp"
#include "controllers/reconcile/watch_health.hpp"
#include "controllers/treasury/decisions.hpp"
#include "controllers/usage/policy_account.hpp"
#include "operator/kube/clock_skew.hpp"

namespace bursar::reconcile {

// What is in force at the gateways of one policy.
struct Enforcement {
    struct OfGateway {
        api::Gateway gateway;
        gateways::GatewayFacts facts;
        gateways::GatewayReport report;
        Instant lastApplied{};  // when its limits last changed
        bool supported = true;  // false for a gateway type this build has no implementation of
    };
    std::vector<OfGateway> gateways;
};

// `previous` is the object as stored (its status keeps the transition times); the answer is the whole status.
nlohmann::json renderQuotaStatus(const treasury::QuotaDecision& decision, const Enforcement* enforcement,
                                 const usage::PolicyUsage* usage, const Money& money, const nlohmann::json& previous,
                                 Instant now);

nlohmann::json renderPolicyStatus(const treasury::PolicyDecision& decision, const Enforcement& enforcement,
                                  const usage::PolicyUsage* usage, bool wantsUsage, const PolicyRecord* record,
                                  const Money& money, const nlohmann::json& previous, Instant now,
                                  const std::vector<StaleResource>& stale = {}, const kube::ClockVerdict& clock = {});

// `waitingFor` says why an object that is being deleted is still there; empty where it is not, or need not wait.
nlohmann::json renderLoanStatus(const treasury::LoanDecision& decision, const std::string& waitingFor,
                                const nlohmann::json& previous, Instant now);

}  // namespace bursar::reconcile
