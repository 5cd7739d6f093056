// A gateway: desired limits in, what is in force out.
//
// An implementation repairs drift (what others changed in what it made), removes what is gone, and never touches what
// Bursar did not make. It states its honest limits in GatewayFacts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controllers/treasury/decisions.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::gateways {

struct GatewayFacts {
    std::int64_t maxTokensPerWindow = 0;  // the largest limit it can express
    std::string overshootBound;           // by how much a team may exceed its limit
    std::string onLimiterFailure;         // `Open` or `Closed`: what happens to traffic when the limiter is down
};

// A limit the gateway cannot express; it enforces `enforced` instead, which is never more than what was granted.
struct Refusal {
    std::string team;
    std::string pool;
    std::string message;  // what is wrong and what to do
};

struct GatewayReport {
    std::size_t writes = 0;  // objects that were written or removed
    std::size_t limits = 0;  // how many (team, pool) limits are published
    std::vector<Refusal> refusals;
    std::optional<Error> error;  // nothing (more) could be written; what was in force stays in force
};

}  // namespace bursar::gateways
