// Publishes what was decided as the statuses of all objects, with events and figures for /metrics.
//
// Flow: every status is rendered; where it differs from the stored one it is handed to the StatusWriter, within the
// write budget (status_budget.hpp). Threads: the StatusWriter's, joined by stop(); isOurStatus() may be called from any
// thread, the rest by one.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "controllers/gateways/gateway_states.hpp"
#include "controllers/reconcile/metrics/metrics.hpp"
#include "controllers/reconcile/observation/observation.hpp"
#include "controllers/reconcile/status/open_charges.hpp"
#include "controllers/reconcile/status/status_events.hpp"
#include "controllers/reconcile/status/status_writer.hpp"
#include "controllers/treasury/decisions.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/next_turn.hpp"

namespace bursar::reconcile {

struct StatusPublisherOptions {
    Duration maxAge = std::chrono::minutes{5};  // see status_budget.hpp
    int writers = 4;
    std::size_t maxTeamsInMetrics = 2000;
    std::shared_ptr<kube::QueueObserver> queueObserver;  // of the queue of statuses; may be null
    OnException onException = {};                        // of the threads that write
};

// One turn, for the statuses about it.
struct StatusInputs {
    const Observation& seen;
    const treasury::Decisions& decisions;
    const gateways::GatewayStatesByPolicy& gateways;
    const Deliveries& deliveries;                     // of closed statements, by this process
    const std::map<kube::Key, std::string>& waiting;  // loans that are being deleted: why they still exist
};

class StatusPublisher {
  public:
    StatusPublisher(std::shared_ptr<kube::Client> client, const Clock& clock, std::shared_ptr<TreasuryMetrics> metrics,
                    StatusEvents::Record recordEvent, StatusPublisherOptions options);

    // Returns the figures of the decision.
    TreasuryFigures publish(const StatusInputs& inputs);
    // When a status is to be written whose write was put off, or changes by time alone.
    [[nodiscard]] const NextTurn& nextTurn() const { return next_; }
    // True where the status of `object` is the one that was handed over last. Of an object whose status this process
    // never wrote every status counts as somebody else's.
    [[nodiscard]] bool isOurStatus(const kube::Resource& resource, const kube::Json& object) const;
    void stop() { writer_.stop(); }

  private:
    struct Turn {
        const StatusInputs& in;
        std::map<std::string, const treasury::Charges*> charges;  // by policy
        FigureCollector figures;
    };
    void publishPolicy(const treasury::PolicyDecision& decision, Turn& turn);
    void publishQuota(const treasury::QuotaDecision& decision, Turn& turn);
    void publishLoan(const treasury::LoanDecision& decision, Turn& turn);
    void countDecision(const treasury::LoanDecision& decision, const kube::Json& object, const std::string& pool);
    void submit(const kube::Resource& resource, const kube::Key& key, const kube::Json& object, nlohmann::json status);
    void forgetGone(const Observation& seen);

    const Clock& clock_;
    const std::shared_ptr<TreasuryMetrics> metrics_;
    const StatusPublisherOptions options_;
    OpenCharges charges_;
    StatusEvents events_;
    NextTurn next_;
    std::set<std::string> countedLoans_;  // by uid; loans whose stored status does not show their decision yet
    std::map<std::string, std::chrono::steady_clock::time_point> lastWrite_;  // by resource and key

    mutable Mutex mutex_;
    std::map<std::string, std::size_t> handedOver_ GUARDED_BY(mutex_);  // hash of the status, by resource and key

    StatusWriter writer_;
};

}  // namespace bursar::reconcile
