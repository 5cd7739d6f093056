// The shell around decide(): observes, decides, compares with what is there, writes only differences.
//
// Flow: informers and the usage poller wake it; it takes one snapshot of everything, calls decide(), publishes limits
// first and statuses after. It decides nothing before every informer was complete once, so a cold start never shrinks a
// limit; nor before the ledger was asked, so that a restart changes no grant. Neighbours that fail change no grant.
// Threads: one of its own, beside those of informers, poller, bookkeeper, courier and writer; all joined by stop().
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "controllers/ledger/open_ledger.hpp"
#include "controllers/reconcile/delivery/statement_delivery.hpp"
#include "controllers/reconcile/limit_publisher.hpp"
#include "controllers/reconcile/metrics/metrics.hpp"
#include "controllers/reconcile/record/recorder.hpp"
#include "controllers/reconcile/status/status_events.hpp"
#include "controllers/reconcile/status/status_render.hpp"
#include "controllers/reconcile/status/status_writer.hpp"
#include "controllers/reconcile/status/watch_health.hpp"
#include "controllers/treasury/decide.hpp"
#include "controllers/usage/usage_poller.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/kube/client.hpp"
#include "operator/runtime/kube/clock_skew.hpp"
#include "operator/runtime/kube/events.hpp"
#include "operator/runtime/kube/informer.hpp"
#include "operator/runtime/telemetry/runtime_metrics.hpp"

namespace bursar::reconcile {

struct ReconcilerOptions {
    Duration statusMaxAge = std::chrono::minutes{5};    // see status_budget.hpp
    Duration debounce = std::chrono::milliseconds{50};  // changes that come together are decided together
    int statusWriters = 4;
    ledger::LedgerPlace ledger;
    std::shared_ptr<kube::Fence>
        fence;  // asked before a webhook is called, and before PostgreSQL is written; null: none
    // What it has to tell; null: nobody asks. At most this many teams have series of their own.
    std::shared_ptr<TreasuryMetrics> metrics;
    std::shared_ptr<telemetry::RuntimeMetrics> runtime;
    std::size_t maxTeamsInMetrics = 2000;
    std::shared_ptr<kube::ClockJudge> clockJudge;  // who hears of the API server's answers; null: nobody judges
};

class Reconciler {
  public:
    // Limits and informers use `client`; statuses, events and the ledger use `statusClient`, whose requests are counted
    // apart.
    Reconciler(const std::shared_ptr<kube::Client>& client, const std::shared_ptr<kube::Client>& statusClient,
               const Clock& clock, ReconcilerOptions options);
    ~Reconciler();

    void start();
    void stop();

    // True once the first decision is published.
    [[nodiscard]] bool isReady() const;
    // When its thread came round last; of one that was not started, when it was made.
    [[nodiscard]] std::chrono::steady_clock::time_point turned() const;

  private:
    // Parsed objects, reused while their resourceVersion stays.
    template <typename T>
    struct ParseCache {
        std::map<kube::Key, std::pair<std::string, std::shared_ptr<const T>>> entries;
    };

    void run(const std::stop_token& stop);
    void wake();
    bool allSynced() const;
    treasury::World observe();
    void observeRecord(treasury::World& world);
    void observeUsage(treasury::World& world);
    void observeClock();
    void recall(treasury::World& world, const std::set<std::string>& withoutUsage);
    void reconcileOnce();
    void keepFinalizers(const treasury::Decisions& decisions,
                        const std::map<std::string, gateways::GatewayStates>& enforcement);
    void keepFinalizer(const api::BurstLoan& loan, const kube::Json& object, const treasury::LoanDecision& decision,
                       const gateways::GatewayStates* enforcement);
    void setFinalizer(const kube::Json& object, bool wanted);
    // What is gathered while statuses are written.
    struct StatusTurn {
        Instant now;
        std::map<std::string, const treasury::Charges*> charges;  // by policy
        FigureCollector figures;
    };
    // Hands over what differs; the figures of the decision, for whoever watches.
    TreasuryFigures writeStatuses(const treasury::Decisions& decisions,
                                  const std::map<std::string, gateways::GatewayStates>& enforcement);
    void writePolicyStatus(const treasury::PolicyDecision& decision, const gateways::GatewayStates& enforcement,
                           const kube::Store& store, StatusTurn& turn);
    void writeQuotaStatus(const treasury::QuotaDecision& decision, const gateways::GatewayStates* enforcement,
                          const kube::Store& store, StatusTurn& turn);
    void writeLoanStatus(const treasury::LoanDecision& decision, const kube::Store& store, StatusTurn& turn);
    const usage::PolicyUsage* usageOf(const std::string& policy) const;
    void countDecision(const treasury::LoanDecision& decision, const kube::Json& object, const std::string& pool);
    Money moneyOf(const std::string& policy, const kube::Json& object);
    const treasury::Charges* chargesOf(const std::string& policy);
    void offerStatements();
    void submitStatus(const kube::Resource& resource, const kube::Key& key, const kube::Json& object,
                      nlohmann::json status);

    // Constant after construction.
    const std::shared_ptr<kube::Client> client_;
    const Clock& clock_;
    const ReconcilerOptions options_;
    const std::shared_ptr<TreasuryMetrics> metrics_;
    const std::shared_ptr<telemetry::RuntimeMetrics> runtime_;

    LimitPublisher limits_;  // used by the reconcile thread only
    kube::EventRecorder events_;
    StatusEvents statusEvents_;  // used by the reconcile thread only, as what follows

    // Used by the reconcile thread only.
    ParseCache<api::AllocationPolicy> policyCache_;
    ParseCache<api::TeamQuota> quotaCache_;
    ParseCache<api::BurstLoan> loanCache_;
    std::map<kube::Key, std::string> waiting_;           // loans being deleted: why they are still there
    LimitPublisher::Policies policies_;                  // of the last observe()
    std::shared_ptr<const usage::UsageByPolicy> usage_;  // of the last observe()
    std::shared_ptr<const RecordByPolicy> record_;       // of the last observe()
    WatchHealth watchHealth_;
    std::vector<StaleResource> stale_;    // of the last observe()
    kube::ClockVerdict clockVerdict_;     // of the last observe()
    std::set<std::string> countedLoans_;  // whose status does not show their decision yet, by uid
    std::map<std::string, std::chrono::steady_clock::time_point> lastStatusWrite_;
    std::optional<Instant> nextChange_;
    // Charges are made anew only when something they are made of has changed.
    struct ChargesOf {
        std::shared_ptr<const api::AllocationPolicy> policy;
        std::shared_ptr<const treasury::UsageSums> recorded;
        std::vector<usage::MeteredDays::Day> days;
        treasury::Charges charges;
    };
    std::map<std::string, ChargesOf> charges_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable_any signal_;
    bool woken_ = false;
    bool ready_ = false;
    std::chrono::steady_clock::time_point turned_;

    kube::Informer policyInformer_;
    kube::Informer quotaInformer_;
    kube::Informer loanInformer_;
    kube::Informer namespaceInformer_;
    kube::Informer configMapInformer_;
    usage::UsagePoller poller_;
    LedgerRecorder recorder_;
    StatementDelivery delivery_;
    StatusWriter statusWriter_;
    std::jthread thread_;  // last: it uses everything above
};

}  // namespace bursar::reconcile
