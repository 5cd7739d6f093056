// The informers of all resources that decisions depend on: policies, TeamQuotas, BurstLoans and namespaces.
//
// Threads: one for each informer, begun by start() and joined by stop().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "operator/runtime/kube/informer.hpp"
#include "operator/runtime/telemetry/runtime_metrics.hpp"

namespace bursar::reconcile {

class ResourceInformers {
  public:
    // True where the status of `object` is the one that was written last for it.
    using IsOurStatus = std::function<bool(const kube::Resource& resource, const kube::Json& object)>;

    // `onChange` is called on the informers' threads when an object changes that a decision or a status depends on; not
    // for the statuses of policies and TeamQuotas that we write ourselves.
    ResourceInformers(const std::shared_ptr<kube::Client>& client, telemetry::RuntimeMetrics& runtime,
                      const std::function<void()>& onChange, const IsOurStatus& isOurStatus);

    void start();
    void stop();
    [[nodiscard]] bool hasSynced() const;
    // By resource (plural); empty text where the watch is healthy.
    [[nodiscard]] std::map<std::string, std::string> watchErrors() const;

    kube::Informer policies;
    kube::Informer quotas;
    kube::Informer loans;
    kube::Informer namespaces;
};

}  // namespace bursar::reconcile
