#include "controllers/usage/metric_presets.hpp"

#include <algorithm>

namespace bursar::usage {
namespace {

constexpr MetricPreset kPresets[] = {
    // ratelimit's statsd mapping exports these (docs/gateway-envoy-ratelimit.md).
    {.name = api::UsagePreset::EnvoyRateLimit,
     .tokens = "bursar_gateway_tokens_total",
     .refusals = "bursar_gateway_refused_total",
     .labels = {.team = "team", .pool = "pool", .model = "model", .tokenType = "token_type"},
     .selector = {.label = "job", .value = "ratelimit"}},
};

}  // namespace

std::span<const MetricPreset> metricPresets() { return kPresets; }

const MetricPreset* findPreset(std::span<const MetricPreset> presets, api::UsagePreset name) {
    const auto found =
        std::find_if(presets.begin(), presets.end(), [&](const MetricPreset& row) { return row.name == name; });
    return found == presets.end() ? nullptr : &*found;
}

}  // namespace bursar::usage
