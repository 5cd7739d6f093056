// Observes everything a turn of the reconciler depends on, as one Observation. One owner.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "controllers/reconcile/observation/observation.hpp"
#include "controllers/reconcile/observation/resource_informers.hpp"
#include "controllers/usage/usage_poller.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::reconcile {

// Where an Observer looks. Everything must outlive it.
struct ObserverSources {
    const ResourceInformers& resources;
    usage::UsagePoller& poller;
    LedgerRecorder& recorder;
    const Clock& clock;
    std::shared_ptr<kube::ClockJudge> clockJudge;  // null: the clock is not judged
    // Errors of all watches, by resource; also of those of the gateways.
    std::function<std::map<std::string, std::string>()> watchErrors;
};

// A parsed object, and the stored one it was parsed from.
template <typename T>
struct Parsed {
    std::shared_ptr<const kube::Json> from;
    std::shared_ptr<const T> value;
};
template <typename T>
using ParseCache = std::map<kube::Key, Parsed<T>>;

class Observer {
  public:
    explicit Observer(ObserverSources sources) : from_(std::move(sources)) {}

    // Also sets which policies poller and recorder follow.
    Observation observe();

    // True if something has changed since `last` that wakes no loop: a watch failed or recovered, the clock, a usage
    // source became stale. Cheap: the reconciler asks every second.
    bool hasChangedSince(const Observation& last);

  private:
    void observeRecord(Observation& seen);
    void observeUsage(Observation& seen);
    void restoreUnknown(Observation& seen, const std::set<std::string>& withoutUsage);
    std::vector<StaleResource> staleResources();
    kube::ClockVerdict judgeClock();

    const ObserverSources from_;
    ParseCache<api::AllocationPolicy> policies_;
    ParseCache<api::TeamQuota> quotas_;
    ParseCache<api::BurstLoan> loans_;
    WatchHealth watchHealth_;
    bool clockIsSynchronized_ = true;  // as logged last
};

}  // namespace bursar::reconcile
