// The table of presets: which metrics and labels a gateway exports. A gateway whose counters follow the same rules is a
// row in metric_presets.cpp.
#pragma once

#include <span>
#include <string_view>

#include "controllers/api/allocation_policy.hpp"

namespace bursar::usage {

struct MetricPreset {
    struct Labels {
        std::string_view team;
        std::string_view pool;
        std::string_view model;
        std::string_view tokenType;  // its values: input, cached_input, output
    };
    struct Matcher {
        std::string_view label;
        std::string_view value;
    };

    api::UsagePreset name = api::UsagePreset::EnvoyRateLimit;
    std::string_view tokens;    // counter of tokens served
    std::string_view refusals;  // counter of calls answered with 429
    Labels labels;              // of both counters
    Matcher selector;           // applies if the policy gives no selector
};

// The presets this build supports.
std::span<const MetricPreset> metricPresets();

// The row of that name; null if the table has none.
const MetricPreset* findPreset(std::span<const MetricPreset> presets, api::UsagePreset name);

}  // namespace bursar::usage
