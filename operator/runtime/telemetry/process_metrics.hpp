// What the process takes of its machine, under the names every Prometheus client library uses.
#pragma once

#include "operator/runtime/telemetry/metrics.hpp"

namespace bursar::telemetry {

// Read from /proc/self at each scrape; what cannot be read is left out. Thread-safe.
class ProcessMetrics final : public MetricSource {
  public:
    [[nodiscard]] std::vector<MetricInfo> describe() const override;
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace bursar::telemetry
