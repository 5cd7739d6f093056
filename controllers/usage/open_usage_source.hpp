// The one place that makes a UsageSource for a policy's `spec.usage`.
#pragma once

#include <memory>

#include "controllers/usage/usage_source.hpp"

namespace bursar::usage {

// Null if the policy has no usage source. Does not connect: the first read() reports what is wrong.
std::unique_ptr<UsageSource> openUsageSource(const api::AllocationPolicy& policy);

}  // namespace bursar::usage
