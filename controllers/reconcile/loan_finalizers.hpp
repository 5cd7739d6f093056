// The finalizer of BurstLoans: a loan that holds tokens is not gone before the gateways are back at baseline.
//
// A loan that is being deleted loses the finalizer once the gateways have their baseline, or after kLongestReturn: a
// gateway that is gone must not hold it up, and repair of drift brings that gateway to baseline later. One owner.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/gateways/gateway_states.hpp"
#include "controllers/reconcile/observation/observation.hpp"
#include "controllers/treasury/decisions.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/next_turn.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::reconcile {

// How long a deleted loan waits for a gateway that cannot be written.
inline constexpr Duration kLongestReturn = std::chrono::minutes{10};

class LoanFinalizers {
  public:
    LoanFinalizers(std::shared_ptr<kube::Client> client, const Clock& clock)
        : client_(std::move(client)), clock_(clock) {}

    // Adds and removes finalizers as the decisions and the state of the gateways demand.
    void reconcile(const Observation& seen, const treasury::Decisions& decisions,
                   const gateways::GatewayStatesByPolicy& gateways);

    // Loans that are being deleted: why they still exist.
    [[nodiscard]] const std::map<kube::Key, std::string>& waiting() const { return waiting_; }
    // When a wait is over, or a failed write is to be repeated.
    [[nodiscard]] const NextTurn& nextTurn() const { return next_; }

  private:
    void reconcileLoan(const api::BurstLoan& loan, const kube::Json& object, const treasury::LoanDecision& decision,
                       const gateways::GatewayStates* gateways);
    void write(const kube::Json& object, bool wanted);

    const std::shared_ptr<kube::Client> client_;
    const Clock& clock_;
    std::map<kube::Key, std::string> waiting_;
    NextTurn next_;
};

}  // namespace bursar::reconcile
