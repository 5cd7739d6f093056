#include "controllers/reconcile/observation/resource_informers.hpp"

#include "controllers/cluster/resources.hpp"

namespace bursar::reconcile {
namespace {

kube::InformerOptions watched(const kube::Resource& resource, telemetry::RuntimeMetrics& runtime) {
    return {resource, "", "", runtime.relists(resource.plural), {}, runtime.exceptions("informer")};
}

// For objects whose status only we write and no decision depends on. A loan's status is different: it holds the
// promise. A status that somebody else wrote matters, because it must be written again.
kube::InformerOptions requested(const kube::Resource& resource, telemetry::RuntimeMetrics& runtime,
                                const ResourceInformers::IsOurStatus& isOurStatus) {
    kube::InformerOptions options = watched(resource, runtime);
    options.matters = [resource, isOurStatus](const kube::Json& before, const kube::Json& after) {
        return kube::changedBeyondStatus(before, after) || !isOurStatus(resource, after);
    };
    return options;
}

}  // namespace

ResourceInformers::ResourceInformers(const std::shared_ptr<kube::Client>& client, telemetry::RuntimeMetrics& runtime,
                                     const std::function<void()>& onChange, const IsOurStatus& isOurStatus)
    : policies(client, requested(cluster::allocationPolicies(), runtime, isOurStatus),
               [onChange](const kube::Key*) { onChange(); }),
      quotas(client, requested(cluster::teamQuotas(), runtime, isOurStatus),
             [onChange](const kube::Key*) { onChange(); }),
      loans(client, watched(cluster::burstLoans(), runtime), [onChange](const kube::Key*) { onChange(); }),
      namespaces(client, watched(cluster::namespaces(), runtime), [onChange](const kube::Key*) { onChange(); }) {}

void ResourceInformers::start() {
    for (kube::Informer* informer : {&policies, &quotas, &loans, &namespaces}) informer->start();
}

void ResourceInformers::stop() {
    for (kube::Informer* informer : {&policies, &quotas, &loans, &namespaces}) informer->stop();
}

bool ResourceInformers::hasSynced() const {
    return policies.hasSynced() && quotas.hasSynced() && loans.hasSynced() && namespaces.hasSynced();
}

std::map<std::string, std::string> ResourceInformers::watchErrors() const {
    return {{cluster::allocationPolicies().plural, policies.lastError()},
            {cluster::teamQuotas().plural, quotas.lastError()},
            {cluster::burstLoans().plural, loans.lastError()},
            {cluster::namespaces().plural, namespaces.lastError()}};
}

}  // namespace bursar::reconcile
