// The usage source `Prometheus`: raw counter samples of a gateway, read by range selectors.
//
// The preset for EnvoyRateLimit reads `bursar_gateway_tokens_total{team,pool,model,token_type}` and
// `bursar_gateway_refused_total{team,pool,model}` (calls answered with 429), which ratelimit's statsd mapping exports
// (docs/gateway-envoy-ratelimit.md). `up` tells a series that is missing from
// one that is zero; `process_start_time_seconds` tells a new counter from one first scraped late.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/usage/counter_account.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::usage {

struct UsageBatch {
    std::map<std::string, TargetHistory> targets;
    std::vector<CounterSeries> series;
};

// The range selector for the samples in [to − span, to]. Label values come from the policy and are escaped.
std::string buildRangeQuery(const api::PrometheusUsage& usage, Duration span);

// Reads the JSON answer of /api/v1/query. Internal where it is not a matrix, or a sample is not a whole number of at
// least 0 (NaN, infinite, fractional): a counter that lies is refused as a whole, never rounded.
Result<UsageBatch> parseMatrix(std::string_view body);

// What the policy asks for and this build cannot do: reading another metric instead would show zeros as the truth.
std::optional<Error> unsupported(const api::PrometheusUsage& usage);

// Asks the server. `to` is the evaluation time. Ends with Cancelled where `stop` is requested.
Result<UsageBatch> queryRange(const api::PrometheusUsage& usage, Instant to, Duration span, std::stop_token stop = {});

}  // namespace bursar::usage
