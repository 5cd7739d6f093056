#include "controllers/reconcile/status/status_publisher.hpp"

#include "controllers/cluster/resources.hpp"
#include "controllers/reconcile/status/status_budget.hpp"
#include "controllers/reconcile/status/status_render.hpp"
#include "operator/runtime/base/json_text.hpp"

namespace bursar::reconcile {
namespace {

// A status that was handed over comes back through the watch; for this long it is not handed over again.
constexpr Duration kWriteTakes = std::chrono::seconds{1};

std::string objectId(const kube::Resource& resource, const kube::Key& key) {
    return resource.plural + " " + key.toString();
}

// Of the text: in JSON that was parsed an integer may have another type than in JSON that was rendered.
std::size_t hashOf(const nlohmann::json& status) { return std::hash<std::string>{}(jsonText(status)); }

nlohmann::json storedStatus(const kube::Json& object) { return object.value("status", nlohmann::json::object()); }

const gateways::GatewayStates* gatewaysOf(const StatusInputs& inputs, const std::string& policy) {
    const auto found = inputs.gateways.find(policy);
    return found == inputs.gateways.end() ? nullptr : &found->second;
}

}  // namespace

StatusPublisher::StatusPublisher(std::shared_ptr<kube::Client> client, const Clock& clock,
                                 std::shared_ptr<TreasuryMetrics> metrics, StatusEvents::Record recordEvent,
                                 StatusPublisherOptions options)
    : clock_(clock),
      metrics_(std::move(metrics)),
      options_(std::move(options)),
      events_(std::move(recordEvent)),
      writer_(std::move(client), clock, options_.writers, options_.queueObserver, options_.onException) {}

TreasuryFigures StatusPublisher::publish(const StatusInputs& inputs) {
    Turn turn{inputs, {}, FigureCollector{options_.maxTeamsInMetrics}};
    next_ = {};
    charges_.keepOnly(inputs.seen);
    for (const treasury::PolicyDecision& decision : inputs.decisions.policies) publishPolicy(decision, turn);
    for (const treasury::QuotaDecision& decision : inputs.decisions.quotas) publishQuota(decision, turn);
    for (const treasury::LoanDecision& decision : inputs.decisions.loans) publishLoan(decision, turn);
    forgetGone(inputs.seen);
    return turn.figures.take();
}

bool StatusPublisher::isOurStatus(const kube::Resource& resource, const kube::Json& object) const {
    const std::size_t hash = hashOf(storedStatus(object));
    const MutexLock lock{mutex_};
    const auto found = handedOver_.find(objectId(resource, kube::keyOf(object)));
    return found != handedOver_.end() && found->second == hash;
}

void StatusPublisher::publishPolicy(const treasury::PolicyDecision& decision, Turn& turn) {
    const Observation& seen = turn.in.seen;
    turn.charges[decision.name] = charges_.of(seen, decision.name);
    const kube::Key key{"", decision.name};
    const auto object = seen.policyObjects->find(key);
    if (object == seen.policyObjects->end()) return;
    const api::AllocationPolicy& policy = *seen.policies.at(decision.name);
    const PolicyFacts facts{.enforcement = turn.in.gateways.at(decision.name),
                            .usage = seen.usageOf(decision.name),
                            .wantsUsage = policy.usageType != api::UsageType::None,
                            .record = seen.recordOf(decision.name),
                            .money = charges_.moneyOf(seen, decision.name, turn.in.deliveries),
                            .stale = seen.stale,
                            .clock = seen.clock};
    nlohmann::json status = renderPolicyStatus(decision, facts, *object->second, seen.at);
    if (facts.wantsUsage) next_.at(nextLateRecord(facts.record, decision.pools, seen.at));
    turn.figures.add(decision, policy, status, facts.usage);
    submit(cluster::allocationPolicies(), key, *object->second, std::move(status));
}

void StatusPublisher::publishQuota(const treasury::QuotaDecision& decision, Turn& turn) {
    const Observation& seen = turn.in.seen;
    const kube::Key key{decision.ns, decision.name};
    const auto object = seen.quotaObjects->find(key);
    const api::TeamQuota* quota = seen.quota(key);
    if (object == seen.quotaObjects->end() || quota == nullptr) return;
    const auto computed = turn.charges.find(decision.policy);
    const treasury::Charges* charges = computed == turn.charges.end() ? nullptr : computed->second;
    nlohmann::json status =
        renderQuotaStatus(decision, gatewaysOf(turn.in, decision.policy), seen.usageOf(decision.policy),
                          {charges, nullptr, {}, false}, *object->second, seen.at);
    turn.figures.add(decision, quota->costCenter, status, charges);
    submit(cluster::teamQuotas(), key, *object->second, std::move(status));
}

void StatusPublisher::publishLoan(const treasury::LoanDecision& decision, Turn& turn) {
    const Observation& seen = turn.in.seen;
    const std::string pool = turn.figures.add(decision);
    const kube::Key key{decision.ns, decision.name};
    const auto object = seen.loanObjects->find(key);
    if (object == seen.loanObjects->end()) return;
    countDecision(decision, *object->second, pool);
    const auto waiting = turn.in.waiting.find(key);
    const std::string waitingFor = waiting == turn.in.waiting.end() ? "" : waiting->second;
    submit(cluster::burstLoans(), key, *object->second,
           renderLoanStatus(decision, waitingFor, *object->second, seen.at));
}

// Counts each loan once, also while the status that shows its decision is not written yet.
void StatusPublisher::countDecision(const treasury::LoanDecision& decision, const kube::Json& object,
                                    const std::string& pool) {
    const std::string uid = object["metadata"].value("uid", "");
    const std::string pending{api::toString(api::LoanPhase::Pending)};
    const std::string stored = storedStatus(object).value("phase", pending);
    if (stored != pending) {
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

void StatusPublisher::submit(const kube::Resource& resource, const kube::Key& key, const kube::Json& object,
                             nlohmann::json status) {
    const WriteNeed need = writeNeed(storedStatus(object), status);
    if (need == WriteNeed::None) return;
    const std::string id = objectId(resource, key);
    auto& last = lastWrite_[id];
    const auto now = clock_.steadyNow();
    const bool putOff = need == WriteNeed::Later && now - last < options_.maxAge;
    const bool underWay = need == WriteNeed::Now && writer_.isPending(resource, key) && now - last < kWriteTakes;
    if (putOff || underWay) {
        next_.at(last + (putOff ? options_.maxAge : kWriteTakes));
        return;
    }
    last = now;
    events_.emit(object, status);
    {
        const MutexLock lock{mutex_};
        handedOver_[id] = hashOf(status);
    }
    writer_.submit(resource, key, std::move(status));
}

// Maps by object are emptied when they hold far more objects than there are.
void StatusPublisher::forgetGone(const Observation& seen) {
    const std::size_t most = 2 * (seen.policyObjects->size() + seen.quotaObjects->size() + seen.loanObjects->size());
    if (lastWrite_.size() > most) lastWrite_.clear();
    if (countedLoans_.size() > 2 * (1 + seen.loanObjects->size())) countedLoans_.clear();
    events_.keepAtMost(most);
    writer_.rememberAtMost(most);
    const MutexLock lock{mutex_};
    if (handedOver_.size() > most) handedOver_.clear();
}

}  // namespace bursar::reconcile
