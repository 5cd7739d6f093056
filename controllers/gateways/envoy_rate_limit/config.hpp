// The configuration of envoyproxy/ratelimit for a set of limits. Pure and deterministic.
//
// Descriptors (what Envoy sends; docs/gateway-envoy-ratelimit.md): (team, pool, admit) refuses every request of a team
// without a grant; (team, pool, window=day|hour|minute) holds the budget and the rate; (meter, team, pool, model,
// token_type) only counts.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/gateways/gateway.hpp"
#include "controllers/treasury/decisions.hpp"

namespace bursar::gateways {

// requests_per_unit is a uint32 in envoyproxy/ratelimit.
inline constexpr std::int64_t kRateLimitMaxTokens = 4'294'967'295;

struct RateLimitFile {
    std::string name;     // `<prefix>-0`: the ConfigMap's name; its one key is `<name>.yaml`
    std::string content;  // at most `maxBytes` unless one team alone needs more
};

struct RateLimitConfig {
    std::vector<RateLimitFile> files;  // never empty: without any team the default refusal remains
    std::vector<Refusal> refusals;
};

// `limits` sorted by team, then pool. Teams are packed into files in that order. `maxBytes` stays below the 1 MiB of a
// ConfigMap, which the API server counts with its metadata.
RateLimitConfig renderRateLimitConfig(const std::string& prefix, const std::string& domain,
                                      std::span<const treasury::Limit> limits, std::size_t maxBytes = 900'000);

// The value of the annotation `bursar.dev/set`: the SHA-256 of the set's files by name (a ConfigMap's key), in the
// order of their names.
std::string setHash(const std::map<std::string, std::string_view>& files);

}  // namespace bursar::gateways
