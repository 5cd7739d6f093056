// The usage source `Prometheus`: raw counter samples of a gateway, read by range selectors.
//
// A MetricPreset names the gateway's counters and their labels. Prometheus' own `up` distinguishes a missing series
// from one that is zero; `process_start_time_seconds` distinguishes a new counter from one first scraped late.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controllers/usage/metric_presets.hpp"
#include "controllers/usage/usage_source.hpp"

namespace bursar::usage {

class PrometheusSource final : public UsageSource {
  public:
    explicit PrometheusSource(api::PrometheusUsage usage, std::span<const MetricPreset> presets = metricPresets());

    [[nodiscard]] const UsageFacts& facts() const override { return facts_; }
    [[nodiscard]] bool isFor(const api::AllocationPolicy& policy) const override;
    Result<UsageBatch> read(Instant to, Duration span, const std::stop_token& stop) override;

  private:
    const api::PrometheusUsage usage_;
    const UsageFacts facts_;
    const MetricPreset* const preset_;  // null: this build does not have the preset
    // Settings this build does not support. They are an error at every read: another metric would show zeros as truth.
    const std::optional<Error> unsupported_;
};

// The range selector for `span` before the evaluation time. Label values come from the policy and are escaped.
std::string buildRangeQuery(const api::PrometheusUsage& usage, const MetricPreset& preset, Duration span);

// Reads the JSON answer of /api/v1/query. Internal if it is not a matrix, or if a sample is not a whole number of at
// least 0 (NaN, infinite, fractional): one bad counter refuses the whole answer; values are never rounded.
Result<UsageBatch> parseMatrix(std::string_view body, const MetricPreset& preset);

}  // namespace bursar::usage
