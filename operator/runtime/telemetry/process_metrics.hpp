// Resources the process uses, under the names that all Prometheus client libraries use.
#pragma once

#include "operator/runtime/telemetry/metrics.hpp"

namespace bursar::telemetry {

// Read from /proc/self at each scrape; a value that cannot be read is left out. Thread-safe.
class ProcessMetrics final : public MetricSource {
  public:
    [[nodiscard]] std::vector<MetricInfo> describe() const override;
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace bursar::telemetry
