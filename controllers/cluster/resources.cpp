#include "controllers/cluster/resources.hpp"

namespace bursar::cluster {

const kube::Resource& allocationPolicies() {
    static const kube::Resource resource{"bursar.dev", "v1alpha1", "allocationpolicies", "AllocationPolicy", false};
    return resource;
}

const kube::Resource& teamQuotas() {
    static const kube::Resource resource{"bursar.dev", "v1alpha1", "teamquotas", "TeamQuota", true};
    return resource;
}

const kube::Resource& burstLoans() {
    static const kube::Resource resource{"bursar.dev", "v1alpha1", "burstloans", "BurstLoan", true};
    return resource;
}

const kube::Resource& namespaces() {
    static const kube::Resource resource{"", "v1", "namespaces", "Namespace", false};
    return resource;
}

}  // namespace bursar::cluster
