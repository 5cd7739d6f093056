// The interface of a gateway: takes the limits that were decided, reports what is in force.
//
// An implementation repairs drift (changes that others made to its objects), removes its objects of gateways that are
// gone, and never touches an object that Bursar did not create. It watches its own objects, and states its limits
// honestly in GatewayFacts. A new gateway type is a folder beside this file, a line in factory/open_gateway.cpp, a
// block in the CRD, and tests.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/treasury/decisions.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::gateways {

struct GatewayFacts {
    std::int64_t maxTokensPerWindow = 0;  // the largest limit it can express
    std::string overshootBound;           // by how much a team may exceed its limit
    std::string onLimiterFailure;         // `Open` or `Closed`: what happens to traffic when the limiter is down
};

// A limit the gateway cannot express; it enforces less than what was granted, and never more.
struct Refusal {
    std::string team;
    std::string pool;
    std::string message;  // what is wrong and what to do
};

struct GatewayReport {
    std::size_t writes = 0;  // objects that were written or removed
    std::size_t limits = 0;  // how many (team, pool) limits are published
    std::vector<Refusal> refusals;
    std::optional<Error> error;  // the write that failed; limits that were in force stay in force
};

// A gateway of a policy, by their names.
struct GatewayName {
    std::string policy;
    std::string gateway;

    auto operator<=>(const GatewayName&) const = default;
    [[nodiscard]] std::string toString() const { return policy + "." + gateway; }
};

// Whose limits stay.
struct GatewaysInUse {
    std::set<GatewayName> named;
    std::set<std::string> brokenPolicies;  // policies that cannot be used: all their gateways keep their limits
};

class Gateway {
  public:
    virtual ~Gateway() = default;

    [[nodiscard]] virtual GatewayFacts facts() const = 0;

    // Begins and ends watching; the first two do nothing where there is nothing to watch.
    virtual void start() = 0;
    virtual void stop() = 0;
    // True once everything it watches was read completely. reconcile() must not be called before.
    [[nodiscard]] virtual bool hasSynced() const = 0;
    // By watched resource (plural, as in URLs), the error its watch has now; empty text where the watch is healthy.
    [[nodiscard]] virtual std::map<std::string, std::string> watchErrors() const = 0;

    // True where `a` and `b` configure the same place and form of limits: then only limits or drift cause writes.
    [[nodiscard]] virtual bool hasSameTarget(const api::Gateway& a, const api::Gateway& b) const = 0;

    // Brings the gateway to `limits`, which are sorted by team, then pool. Conflict means that the watch is behind the
    // server; it brings the newer object and calls onChange.
    virtual GatewayReport reconcile(const std::string& policy, const api::Gateway& gateway,
                                    std::span<const treasury::Limit> limits) = 0;
    // Removes the limits of gateways that are not in use. Goes on after an error; returns the first one.
    virtual Result<void> removeUnused(const GatewaysInUse& inUse) = 0;
};

}  // namespace bursar::gateways
