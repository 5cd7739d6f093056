#include "controllers/reconcile/reconciler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/cluster/resources.hpp"
#include "controllers/reconcile/status/conditions.hpp"
#include "controllers/reconcile/status/status_budget.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::reconcile {
namespace {

using std::chrono::seconds;

// Without any event the shell looks again this often: statuses whose write was put off, gateways that failed.
constexpr Duration kIdleInterval = seconds{1};
// How long a deleted loan waits for a gateway that cannot be written.
constexpr Duration kLongestReturn = std::chrono::minutes{10};

kube::InformerOptions watched(const kube::Resource& resource, telemetry::RuntimeMetrics& runtime,
                              const std::string& labelSelector = "") {
    return {resource, "", labelSelector, runtime.relists(resource.plural), {}, runtime.exceptions("informer")};
}

// Of objects whose status is ours alone and says nothing that is decided by. A loan's is: it holds what was promised.
kube::InformerOptions requested(const kube::Resource& resource, telemetry::RuntimeMetrics& runtime) {
    kube::InformerOptions options = watched(resource, runtime);
    options.matters = kube::changedBeyondStatus;
    return options;
}

std::string ownedConfigMaps() { return fmt::format("{}={}", gateways::kManagedByLabel, gateways::kManagedByValue); }

// A call is not held against a hand-over: it may take seconds, and what is sent twice has the same Idempotency-Key.
WebhookSender::Post postWithin(std::shared_ptr<kube::Fence> fence) {
    if (!fence) return http::postBody;
    return [fence = std::move(fence)](const http::HttpPost& post) -> Result<std::string> {
        if (const auto entered = fence->enter(); !entered) return entered.error();
        return http::postBody(post);
    };
}

}  // namespace

Reconciler::Reconciler(const std::shared_ptr<kube::Client>& client, const std::shared_ptr<kube::Client>& statusClient,
                       const Clock& clock, ReconcilerOptions options)
    : client_(client),
      clock_(clock),
      options_(std::move(options)),
      metrics_(options_.metrics ? options_.metrics : std::make_shared<TreasuryMetrics>()),
      runtime_(options_.runtime ? options_.runtime : std::make_shared<telemetry::RuntimeMetrics>()),
      limits_(client, clock, metrics_),
      events_(
          statusClient, clock, "bursar",
          [](const Error& error) {
              // Whoever does not lead any more has nothing to say about it event by event.
              if (!error.isCancelled()) log::warn("event not written", {{"error", error.message}});
          },
          runtime_->events()),
      statusEvents_([this](const kube::Json& object, kube::EventType type, const std::string& reason,
                           const std::string& message) { events_.record(object, type, reason, message); }),
      usage_(std::make_shared<usage::UsageByPolicy>()),
      turned_(clock.steadyNow()),
      policyInformer_(client, requested(cluster::allocationPolicies(), *runtime_),
                      [this](const kube::Key*) { wake(); }),
      quotaInformer_(client, requested(cluster::teamQuotas(), *runtime_), [this](const kube::Key*) { wake(); }),
      loanInformer_(client, watched(cluster::burstLoans(), *runtime_), [this](const kube::Key*) { wake(); }),
      namespaceInformer_(client, watched(cluster::namespaces(), *runtime_), [this](const kube::Key*) { wake(); }),
      configMapInformer_(client, watched(gateways::configMapResource(), *runtime_, ownedConfigMaps()),
                         [this](const kube::Key*) { wake(); }),
      poller_(
          clock, [this] { wake(); }, [this](const std::string& policy) { metrics_->usageReadFailed(policy); },
          usage::queryRange, runtime_->exceptions("usage-poller")),
      recorder_(
          ledger::openLedger(options_.ledger, statusClient, ledger::Access::ReadWrite, options_.fence), clock,
          [this] { wake(); }, [this](const std::string& policy) { metrics_->ledgerFailed(policy); },
          runtime_->exceptions("ledger-recorder")),
      delivery_(
          WebhookSender{ledger::openLedger(options_.ledger, statusClient, ledger::Access::Read), statusClient,
                        postWithin(options_.fence)},
          clock, [this] { wake(); },
          [this](const std::string& policy, bool delivered) { metrics_->statementSent(policy, delivered); },
          runtime_->exceptions("statement-delivery")),
      statusWriter_(statusClient, clock, options_.statusWriters, runtime_->queue("status"),
                    runtime_->exceptions("status-writer")) {}

Reconciler::~Reconciler() { stop(); }

void Reconciler::start() {
    policyInformer_.start();
    quotaInformer_.start();
    loanInformer_.start();
    namespaceInformer_.start();
    configMapInformer_.start();
    thread_ = std::jthread{[this, onException = runtime_->exceptions("reconciler")](const std::stop_token& stop) {
        keepRunning(stop, onException, [&] { run(stop); });
    }};
}

void Reconciler::stop() {
    if (thread_.joinable()) {
        thread_.request_stop();
        thread_.join();
    }
    policyInformer_.stop();
    quotaInformer_.stop();
    loanInformer_.stop();
    namespaceInformer_.stop();
    configMapInformer_.stop();
    poller_.stop();
    recorder_.stop();
    delivery_.stop();
    statusWriter_.stop();
    events_.stop();
}

bool Reconciler::isReady() const {
    const std::lock_guard lock{mutex_};
    return ready_;
}

std::chrono::steady_clock::time_point Reconciler::turned() const {
    const std::lock_guard lock{mutex_};
    return turned_;
}

void Reconciler::wake() {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    signal_.notify_all();
}

bool Reconciler::allSynced() const {
    return policyInformer_.hasSynced() && quotaInformer_.hasSynced() && loanInformer_.hasSynced() &&
           namespaceInformer_.hasSynced() && configMapInformer_.hasSynced();
}

void Reconciler::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock{mutex_};
            Duration wait = kIdleInterval;
            if (nextChange_) wait = std::clamp(*nextChange_ - clock_.now(), Duration{0}, kIdleInterval);
            signal_.wait_for(lock, stop, wait, [this] { return woken_; });
            if (woken_) signal_.wait_for(lock, stop, options_.debounce, [] { return false; });
            woken_ = false;
            turned_ = clock_.steadyNow();
        }
        if (stop.stop_requested()) return;
        if (allSynced()) reconcileOnce();
    }
}

void Reconciler::reconcileOnce() {
    const treasury::World world = observe();
    if (!recorder_.hasTriedAll()) return;  // it wakes us
    const auto begun = clock_.steadyNow();
    const Instant now = clock_.now();
    const treasury::Decisions decisions = treasury::decide(world, now);
    const auto took = clock_.steadyNow() - begun;
    log::debug("decided", {{"policies", decisions.policies.size()},
                           {"teamQuotas", decisions.quotas.size()},
                           {"loans", decisions.loans.size()},
                           {"micros", std::chrono::duration_cast<Duration>(took).count()}});
    const auto enforcement = limits_.publish(decisions, policies_, *configMapInformer_.snapshot());
    keepFinalizers(decisions, enforcement);
    offerStatements();
    metrics_->decided(writeStatuses(decisions, enforcement), took, now);
    recorder_.note(world, decisions, usage_);
    nextChange_ = decisions.nextChange;
    const std::lock_guard lock{mutex_};
    ready_ = true;
}

void Reconciler::keepFinalizers(const treasury::Decisions& decisions,
                                const std::map<std::string, gateways::GatewayStates>& enforcement) {
    waiting_.clear();
    const auto store = loanInformer_.snapshot();
    for (const treasury::LoanDecision& decision : decisions.loans) {
        const kube::Key key{decision.ns, decision.name};
        const auto object = store->find(key);
        const auto parsed = loanCache_.entries.find(key);
        if (object == store->end() || parsed == loanCache_.entries.end()) continue;
        const auto found = enforcement.find(decision.policy);
        keepFinalizer(*parsed->second.second, *object->second, decision,
                      found == enforcement.end() ? nullptr : &found->second);
    }
}

// A loan that holds tokens has our finalizer; one that is being deleted loses it once the gateways are at baseline, or
// after kLongestReturn: then nobody waits for a gateway that is gone, and repair of drift brings it to baseline later.
void Reconciler::keepFinalizer(const api::BurstLoan& loan, const kube::Json& object,
                               const treasury::LoanDecision& decision, const gateways::GatewayStates* enforcement) {
    const api::LoanPhase phase = decision.outcome.phase;
    const bool holds = phase == api::LoanPhase::Scheduled || phase == api::LoanPhase::Active;
    if (!loan.deletedAt) {
        if (holds != loan.finalizer) setFinalizer(object, holds);
        return;
    }
    if (!loan.finalizer) return;
    const Instant deadline = *loan.deletedAt + kLongestReturn;
    const Error* trouble = nullptr;
    if (enforcement != nullptr) {
        for (const auto& at : enforcement->gateways) {
            if (at.supported && at.report.error) trouble = &*at.report.error;
        }
    }
    if (trouble == nullptr || clock_.now() >= deadline) {
        setFinalizer(object, false);
        return;
    }
    waiting_[{decision.ns, decision.name}] =
        fmt::format("the gateway is not back at baseline: {}; waiting until {} at the most", trouble->message,
                    formatInstant(deadline));
}

void Reconciler::setFinalizer(const kube::Json& object, bool wanted) {
    nlohmann::json finalizers = object["metadata"].value("finalizers", nlohmann::json::array());
    std::erase_if(finalizers.get_ref<nlohmann::json::array_t&>(),
                  [](const nlohmann::json& name) { return name == api::kLoanFinalizer; });
    if (wanted) finalizers.push_back(api::kLoanFinalizer);
    const nlohmann::json patch = {
        {"metadata",
         {{"finalizers", finalizers}, {"resourceVersion", object["metadata"].value("resourceVersion", "")}}}};
    const kube::Key key = kube::keyOf(object);
    const auto patched = client_->mergePatch(cluster::burstLoans(), key, patch, "");
    // A conflict means that our copy is old: the watch brings the newer one and wakes us.
    if (!patched && !patched.error().isConflict() && !patched.error().isNotFound()) {
        log::warn("finalizer not written", {{"loan", key.toString()}, {"error", patched.error().message}});
    }
}

TreasuryFigures Reconciler::writeStatuses(const treasury::Decisions& decisions,
                                          const std::map<std::string, gateways::GatewayStates>& enforcement) {
    StatusTurn turn{clock_.now(), {}, FigureCollector{options_.maxTeamsInMetrics}};
    const auto policies = policyInformer_.snapshot();
    const auto quotas = quotaInformer_.snapshot();
    const auto loans = loanInformer_.snapshot();
    for (const treasury::PolicyDecision& decision : decisions.policies) {
        writePolicyStatus(decision, enforcement.at(decision.name), *policies, turn);
    }
    for (const treasury::QuotaDecision& decision : decisions.quotas) {
        const auto found = enforcement.find(decision.policy);
        writeQuotaStatus(decision, found == enforcement.end() ? nullptr : &found->second, *quotas, turn);
    }
    for (const treasury::LoanDecision& decision : decisions.loans) writeLoanStatus(decision, *loans, turn);
    // Objects that are gone are forgotten.
    const std::size_t most = 2 * (policies->size() + quotas->size() + loans->size());
    if (lastStatusWrite_.size() > most) lastStatusWrite_.clear();
    if (countedLoans_.size() > 2 * (1 + loans->size())) countedLoans_.clear();
    statusEvents_.keepAtMost(most);
    statusWriter_.rememberAtMost(most);
    return turn.figures.take();
}

const usage::PolicyUsage* Reconciler::usageOf(const std::string& policy) const {
    const auto found = usage_->find(policy);
    return found == usage_->end() ? nullptr : &found->second;
}

void Reconciler::writePolicyStatus(const treasury::PolicyDecision& decision, const gateways::GatewayStates& enforcement,
                                   const kube::Store& store, StatusTurn& turn) {
    turn.charges[decision.name] = chargesOf(decision.name);
    const kube::Key key{"", decision.name};
    const auto object = store.find(key);
    if (object == store.end()) return;
    const api::AllocationPolicy& policy = *policies_.at(decision.name);
    const auto record = record_->find(decision.name);
    const PolicyFacts facts{.enforcement = enforcement,
                            .usage = usageOf(decision.name),
                            .wantsUsage = policy.usageType != api::UsageType::None,
                            .record = record == record_->end() ? nullptr : &record->second,
                            .money = moneyOf(decision.name, *object->second),
                            .stale = stale_,
                            .clock = clockVerdict_};
    nlohmann::json status = renderPolicyStatus(decision, facts, *object->second, turn.now);
    turn.figures.add(decision, policy, status, usageOf(decision.name));
    submitStatus(cluster::allocationPolicies(), key, *object->second, std::move(status));
}

void Reconciler::writeQuotaStatus(const treasury::QuotaDecision& decision, const gateways::GatewayStates* enforcement,
                                  const kube::Store& store, StatusTurn& turn) {
    const kube::Key key{decision.ns, decision.name};
    const auto object = store.find(key);
    const auto parsed = quotaCache_.entries.find(key);
    if (object == store.end() || parsed == quotaCache_.entries.end()) return;
    const auto made = turn.charges.find(decision.policy);
    const treasury::Charges* charges = made == turn.charges.end() ? nullptr : made->second;
    nlohmann::json status = renderQuotaStatus(decision, enforcement, usageOf(decision.policy),
                                              {charges, nullptr, {}, false}, *object->second, turn.now);
    turn.figures.add(decision, parsed->second.second->costCenter, status, charges);
    submitStatus(cluster::teamQuotas(), key, *object->second, std::move(status));
}

void Reconciler::writeLoanStatus(const treasury::LoanDecision& decision, const kube::Store& store, StatusTurn& turn) {
    const std::string pool = turn.figures.add(decision);
    const kube::Key key{decision.ns, decision.name};
    const auto object = store.find(key);
    if (object == store.end()) return;
    countDecision(decision, *object->second, pool);
    const auto waiting = waiting_.find(key);
    submitStatus(
        cluster::burstLoans(), key, *object->second,
        renderLoanStatus(decision, waiting == waiting_.end() ? "" : waiting->second, *object->second, turn.now));
}

// Once a loan, also while the status that says so is still to be written.
void Reconciler::countDecision(const treasury::LoanDecision& decision, const kube::Json& object,
                               const std::string& pool) {
    const std::string uid = object["metadata"].value("uid", "");
    const std::string stored = object.value("status", nlohmann::json::object()).value("phase", api::reason::kPending);
    if (stored != api::toString(api::LoanPhase::Pending)) {
        countedLoans_.erase(uid);
        return;
    }
    const api::LoanPhase phase = decision.outcome.phase;
    if (phase == api::LoanPhase::Pending || phase == api::LoanPhase::Cancelled) return;
    if (!countedLoans_.insert(uid).second) return;
    const bool denied = phase == api::LoanPhase::Denied;
    metrics_->loanDecided(decision.policy, pool, !denied,
                          denied ? std::string{treasury::toString(decision.outcome.rule)} : "");
}

void Reconciler::submitStatus(const kube::Resource& resource, const kube::Key& key, const kube::Json& object,
                              nlohmann::json status) {
    const WriteNeed need = writeNeed(object.value("status", nlohmann::json::object()), status);
    if (need == WriteNeed::None) return;
    auto& last = lastStatusWrite_[resource.plural + " " + key.toString()];
    const auto steadyNow = clock_.steadyNow();
    // What was just handed over comes back through the watch; until then it is not handed over again.
    if (need == WriteNeed::Later && steadyNow - last < options_.statusMaxAge) return;
    if (need == WriteNeed::Now && statusWriter_.isPending(resource, key) && steadyNow - last < seconds{1}) return;
    last = steadyNow;
    statusEvents_.tell(object, status);
    statusWriter_.submit(resource, key, std::move(status));
}

}  // namespace bursar::reconcile
