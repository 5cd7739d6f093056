// The Kubernetes resource types that Bursar reads and writes.
#pragma once

#include "operator/runtime/kube/resource.hpp"

namespace bursar::cluster {

const kube::Resource& allocationPolicies();
const kube::Resource& teamQuotas();
const kube::Resource& burstLoans();
const kube::Resource& namespaces();

}  // namespace bursar::cluster
