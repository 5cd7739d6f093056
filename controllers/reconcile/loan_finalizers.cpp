#include "controllers/reconcile/loan_finalizers.hpp"

#include <fmt/format.h>

#include "controllers/cluster/resources.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

constexpr Duration kWriteAgain = std::chrono::seconds{1};

// Null where every gateway has its limits.
const Error* gatewayError(const gateways::GatewayStates* gateways) {
    if (gateways == nullptr) return nullptr;
    const Error* error = nullptr;
    for (const auto& at : gateways->gateways) {
        if (at.supported && at.report.error) error = &*at.report.error;
    }
    return error;
}

}  // namespace

void LoanFinalizers::reconcile(const Observation& seen, const treasury::Decisions& decisions,
                               const gateways::GatewayStatesByPolicy& gateways) {
    waiting_.clear();
    next_ = {};
    for (const treasury::LoanDecision& decision : decisions.loans) {
        const kube::Key key{decision.ns, decision.name};
        const auto object = seen.loanObjects->find(key);
        const api::BurstLoan* loan = seen.loan(key);
        if (object == seen.loanObjects->end() || loan == nullptr) continue;
        const auto found = gateways.find(decision.policy);
        reconcileLoan(*loan, *object->second, decision, found == gateways.end() ? nullptr : &found->second);
    }
}

void LoanFinalizers::reconcileLoan(const api::BurstLoan& loan, const kube::Json& object,
                                   const treasury::LoanDecision& decision, const gateways::GatewayStates* gateways) {
    const api::LoanPhase phase = decision.outcome.phase;
    const bool holdsTokens = phase == api::LoanPhase::Scheduled || phase == api::LoanPhase::Active;
    if (!loan.deletedAt) {
        if (holdsTokens != loan.finalizer) write(object, holdsTokens);
        return;
    }
    if (!loan.finalizer) return;
    const Instant deadline = *loan.deletedAt + kLongestReturn;
    const Error* error = gatewayError(gateways);
    if (error == nullptr || clock_.now() >= deadline) {
        write(object, false);
        return;
    }
    next_.at(deadline);
    waiting_[{decision.ns, decision.name}] =
        fmt::format("the gateway is not back at baseline: {}; waiting until {} at the latest", error->message,
                    formatInstant(deadline));
}

void LoanFinalizers::write(const kube::Json& object, bool wanted) {
    nlohmann::json finalizers = object["metadata"].value("finalizers", nlohmann::json::array());
    std::erase_if(finalizers.get_ref<nlohmann::json::array_t&>(),
                  [](const nlohmann::json& name) { return name == api::kLoanFinalizer; });
    if (wanted) finalizers.push_back(api::kLoanFinalizer);
    const nlohmann::json patch = {
        {"metadata",
         {{"finalizers", finalizers}, {"resourceVersion", object["metadata"].value("resourceVersion", "")}}}};
    const kube::Key key = kube::keyOf(object);
    const auto patched = client_->mergePatch(cluster::burstLoans(), key, patch, "");
    // A conflict means that our copy is old: the watch brings the newer one and wakes the loop.
    if (patched || patched.error().isConflict() || patched.error().isNotFound()) return;
    log::warn("finalizer not written", {{"loan", key.toString()}, {"error", patched.error().message}});
    next_.at(clock_.steadyNow() + kWriteAgain);
}

}  // namespace bursar::reconcile
