// The loop around decide(): observes, decides, compares with what exists, writes only differences.
//
// Flow: informers, gateways, poller, recorder and delivery wake the loop when something changed; otherwise it waits for
// the earliest time at which one of its parts is due. A turn takes one Observation, calls decide(), publishes limits
// first and statuses after that. Each second the loop looks at the few neighbours that cannot wake it, without
// deciding. It decides nothing before every informer was complete once, so a cold start never shrinks a limit; nor
// before the ledger was asked, so a restart changes no grant. Neighbours that fail change no grant.
// Threads: the loop's own, and those of informers, gateways, poller, recorder, delivery and writer; all joined by
// stop().
#pragma once

#include <functional>
#include <memory>

#include "controllers/gateways/factory/open_gateway.hpp"
#include "controllers/ledger/open_ledger.hpp"
#include "controllers/reconcile/delivery/statement_delivery.hpp"
#include "controllers/reconcile/limit_publisher.hpp"
#include "controllers/reconcile/loan_finalizers.hpp"
#include "controllers/reconcile/metrics/metrics.hpp"
#include "controllers/reconcile/observation/observer.hpp"
#include "controllers/reconcile/record/recorder.hpp"
#include "controllers/reconcile/status/status_publisher.hpp"
#include "controllers/treasury/decide.hpp"
#include "controllers/usage/usage_poller.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/next_turn.hpp"
#include "operator/runtime/base/worker_loop.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/clock_skew.hpp"
#include "operator/runtime/kube/events.hpp"
#include "operator/runtime/telemetry/runtime_metrics.hpp"

namespace bursar::reconcile {

struct ReconcilerOptions {
    Duration statusMaxAge = std::chrono::minutes{5};    // see status_budget.hpp
    Duration debounce = std::chrono::milliseconds{50};  // changes that come together are decided together
    int statusWriters = 4;
    ledger::LedgerPlace ledger;
    // Asked before a webhook is called, and before PostgreSQL is written; null: none.
    std::shared_ptr<kube::Fence> fence;
    // Null: the figures are not exposed. At most this many teams have series of their own.
    std::shared_ptr<TreasuryMetrics> metrics;
    std::shared_ptr<telemetry::RuntimeMetrics> runtime;
    std::size_t maxTeamsInMetrics = 2000;
    // Gets the dates of the API server's replies; null: the clock is not judged.
    std::shared_ptr<kube::ClockJudge> clockJudge;
    std::function<gateways::GatewaysByType(const gateways::GatewayContext&)> openGateways = gateways::openGateways;
};

class Reconciler {
  public:
    // Limits and informers use `client`; statuses, events and the ledger use `statusClient`, whose requests are counted
    // apart.
    Reconciler(const std::shared_ptr<kube::Client>& client, const std::shared_ptr<kube::Client>& statusClient,
               const Clock& clock, ReconcilerOptions options);
    ~Reconciler();

    // watch(), and the loop.
    void start();
    void stop();

    // start() in parts, for tests that move the time themselves: begins to watch everything, and makes one pass of the
    // loop on the calling thread, which returns how long to wait for the next pass.
    void watch();
    Duration pass() { return loop_.takeTurn(); }

    // True once the first decision is published.
    [[nodiscard]] bool isReady() const;
    // When the last pass of the loop began; before the first, when this was constructed.
    [[nodiscard]] std::chrono::steady_clock::time_point lastPass() const;

  private:
    // Decides if something has changed (`woken`) or is due; returns how long to wait for the next pass.
    Duration makePass(bool woken);
    void reconcileOnce();
    void usageRead();
    [[nodiscard]] bool hasSynced() const;
    [[nodiscard]] std::shared_ptr<const Observation> lastObservation() const;
    [[nodiscard]] std::map<std::string, std::string> watchErrors() const;

    // Constant after construction.
    const Clock& clock_;
    const ReconcilerOptions options_;
    const std::shared_ptr<TreasuryMetrics> metrics_;
    const std::shared_ptr<telemetry::RuntimeMetrics> runtime_;

    mutable Mutex mutex_;
    bool ready_ GUARDED_BY(mutex_) = false;
    std::chrono::steady_clock::time_point lastPass_ GUARDED_BY(mutex_);
    std::shared_ptr<const Observation> last_ GUARDED_BY(mutex_);  // null before the first

    WorkerLoop loop_;  // everything below may wake it
    kube::EventRecorder events_;
    LimitPublisher limits_;
    StatusPublisher statuses_;
    ResourceInformers resources_;
    usage::UsagePoller poller_;
    LedgerRecorder recorder_;
    StatementDelivery delivery_;

    // Used by the loop's thread only.
    Observer observer_;
    LoanFinalizers finalizers_;
    NextTurn next_;
};

}  // namespace bursar::reconcile
