#include "controllers/reconcile/reconciler.hpp"

#include <algorithm>

#include "controllers/reconcile/observation/usage_change.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

// How often the loop looks at neighbours that cannot wake it: errors of watches, the clock, usage that becomes stale.
constexpr Duration kLookInterval = std::chrono::seconds{1};

// A hand-over does not wait for the call, which may take seconds: what is sent twice has the same Idempotency-Key.
WebhookSender::Post postWithin(std::shared_ptr<kube::Fence> fence) {
    if (!fence) return http::postBody;
    return [fence = std::move(fence)](const http::HttpPost& post) -> Result<std::string> {
        if (const auto entered = fence->enter(); !entered) return entered.error();
        return http::postBody(post);
    };
}

StatusPublisherOptions statusOptions(const ReconcilerOptions& options, telemetry::RuntimeMetrics& runtime) {
    return {options.statusMaxAge, options.statusWriters, options.maxTeamsInMetrics, runtime.queue("status"),
            runtime.exceptions("status-writer")};
}

void logLostEvent(const Error& error) {
    // Cancelled means we lost leadership; don't log each event.
    if (!error.isCancelled()) log::warn("event not written", {{"error", error.message}});
}

}  // namespace

Reconciler::Reconciler(const std::shared_ptr<kube::Client>& client, const std::shared_ptr<kube::Client>& statusClient,
                       const Clock& clock, ReconcilerOptions options)
    : clock_(clock),
      options_(std::move(options)),
      metrics_(options_.metrics ? options_.metrics : std::make_shared<TreasuryMetrics>()),
      runtime_(options_.runtime ? options_.runtime : std::make_shared<telemetry::RuntimeMetrics>()),
      lastPass_(clock.steadyNow()),
      loop_([this](bool woken, const std::stop_token&) { return makePass(woken); }, options_.debounce,
            runtime_->exceptions("reconciler")),
      events_(statusClient, clock, "bursar", logLostEvent, runtime_->events()),
      limits_(options_.openGateways({client, runtime_, [this] { loop_.wake(); }}), clock, metrics_),
      statuses_(
          statusClient, clock, metrics_,
          [this](const kube::Json& object, kube::EventType type, const std::string& reason,
                 const std::string& message) { events_.record(object, type, reason, message); },
          statusOptions(options_, *runtime_)),
      resources_(
          client, *runtime_, [this] { loop_.wake(); },
          [this](const kube::Resource& resource, const kube::Json& object) {
              return statuses_.isOurStatus(resource, object);
          }),
      poller_(
          clock, [this] { usageRead(); }, [this](const std::string& policy) { metrics_->usageReadFailed(policy); },
          usage::openUsageSource, runtime_->exceptions("usage-poller")),
      recorder_(
          ledger::openLedger(options_.ledger, statusClient, ledger::Access::ReadWrite, options_.fence), clock,
          [this] { loop_.wake(); }, [this](const std::string& policy) { metrics_->ledgerFailed(policy); },
          runtime_->exceptions("ledger-recorder")),
      delivery_(
          WebhookSender{ledger::openLedger(options_.ledger, statusClient, ledger::Access::Read), statusClient,
                        postWithin(options_.fence)},
          clock, [this] { loop_.wake(); },
          [this](const std::string& policy, bool delivered) { metrics_->statementSent(policy, delivered); },
          runtime_->exceptions("statement-delivery")),
      observer_({resources_, poller_, recorder_, clock, options_.clockJudge, [this] { return watchErrors(); }}),
      finalizers_(client, clock) {}

Reconciler::~Reconciler() { stop(); }

void Reconciler::start() {
    watch();
    loop_.start();
}

void Reconciler::watch() {
    resources_.start();
    limits_.start();
}

void Reconciler::stop() {
    loop_.stop();
    resources_.stop();
    limits_.stop();
    poller_.stop();
    recorder_.stop();
    delivery_.stop();
    statuses_.stop();
    events_.stop();
}

bool Reconciler::isReady() const {
    const MutexLock lock{mutex_};
    return ready_;
}

std::chrono::steady_clock::time_point Reconciler::lastPass() const {
    const MutexLock lock{mutex_};
    return lastPass_;
}

std::shared_ptr<const Observation> Reconciler::lastObservation() const {
    const MutexLock lock{mutex_};
    return last_;
}

bool Reconciler::hasSynced() const { return resources_.hasSynced() && limits_.hasSynced(); }

std::map<std::string, std::string> Reconciler::watchErrors() const {
    std::map<std::string, std::string> errors = limits_.watchErrors();
    errors.merge(resources_.watchErrors());
    return errors;
}

// On a thread of the poller. Most reads bring nothing but a later sample, which changes no decision.
void Reconciler::usageRead() {
    const auto usage = poller_.snapshot();
    for (const auto& [policy, known] : *usage) metrics_->usageSampled(policy, known.lastScrape);
    const auto last = lastObservation();
    if (!last || changesDecision(*last, *usage, clock_.now())) loop_.wake();
}

Duration Reconciler::makePass(bool woken) {
    {
        const MutexLock lock{mutex_};
        lastPass_ = clock_.steadyNow();
    }
    if (!hasSynced()) return kLookInterval;  // every informer wakes us when it has
    const auto last = lastObservation();
    if (woken || next_.isDue(clock_) || (last && observer_.hasChangedSince(*last))) reconcileOnce();
    return std::clamp(next_.wait(clock_).value_or(kLookInterval), options_.debounce, kLookInterval);
}

void Reconciler::reconcileOnce() {
    const auto seen = std::make_shared<const Observation>(observer_.observe());
    {
        const MutexLock lock{mutex_};
        last_ = seen;
    }
    if (!recorder_.hasTriedAll()) return;  // it wakes us when it has
    const auto begun = clock_.steadyNow();
    const treasury::Decisions decisions = treasury::decide(seen->world, seen->at);
    const auto took = clock_.steadyNow() - begun;
    log::debug("decided", {{"policies", decisions.policies.size()},
                           {"teamQuotas", decisions.quotas.size()},
                           {"loans", decisions.loans.size()},
                           {"micros", std::chrono::duration_cast<Duration>(took).count()}});
    const gateways::GatewayStatesByPolicy gateways = limits_.publish(decisions, seen->policies);
    finalizers_.reconcile(*seen, decisions, gateways);
    delivery_.offer(pendingDeliveries(*seen));
    const Deliveries deliveries = delivery_.snapshot();
    TreasuryFigures figures = statuses_.publish({*seen, decisions, gateways, deliveries, finalizers_.waiting()});
    metrics_->decided(std::move(figures), took, seen->at);
    recorder_.record(seen->world, decisions, seen->usage);
    next_ = statuses_.nextTurn();
    next_.merge(finalizers_.nextTurn());
    next_.at(limits_.nextAttempt());
    next_.at(decisions.nextChange);
    const MutexLock lock{mutex_};
    ready_ = true;
}

}  // namespace bursar::reconcile
