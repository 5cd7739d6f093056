#include "controllers/usage/open_usage_source.hpp"

#include "controllers/usage/prometheus.hpp"

namespace bursar::usage {

std::unique_ptr<UsageSource> openUsageSource(const api::AllocationPolicy& policy) {
    switch (policy.usageType) {
        case api::UsageType::None:
            return nullptr;
        case api::UsageType::Prometheus:
            return std::make_unique<PrometheusSource>(policy.prometheus);
    }
    return nullptr;
}

}  // namespace bursar::usage
