// The resource types the shell reads and writes.
#pragma once

#include "operator/kube/resource.hpp"

namespace bursar::reconcile {

const kube::Resource& allocationPolicies();
const kube::Resource& teamQuotas();
const kube::Resource& burstLoans();
const kube::Resource& namespaces();

}  // namespace bursar::reconcile
