// Where a gateway's counters are read, behind one interface. open_usage_source.hpp makes the source of a policy.
#pragma once

#include <stop_token>
#include <string>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/usage/samples.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::usage {

// The properties of a source that do not depend on its samples.
struct UsageFacts {
    std::string endpoint;  // policies with the same endpoint are read one after another
    Duration pollInterval = std::chrono::seconds{15};
    Duration staleAfter = std::chrono::minutes{2};  // samples older than this no longer count as fresh
    std::string neverScraped;                       // what to check while the source has no samples; for a person
};

// Not thread-safe: one reader at a time.
class UsageSource {
  public:
    virtual ~UsageSource() = default;

    [[nodiscard]] virtual const UsageFacts& facts() const = 0;
    // True if `policy` names this source, with the same settings.
    [[nodiscard]] virtual bool isFor(const api::AllocationPolicy& policy) const = 0;
    // The samples in [to − span, to]. Blocks until the source answers. Errors: Cancelled once `stop` is requested;
    // Internal if the answer cannot be used, for instance because it is too large; InvalidArgument if this build does
    // not support the policy's settings; otherwise the transport's error.
    virtual Result<UsageBatch> read(Instant to, Duration span, const std::stop_token& stop) = 0;
};

}  // namespace bursar::usage
