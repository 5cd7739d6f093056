// /healthz and /readyz for a Deployment's probes.
#pragma once

#include "operator/runtime/telemetry/http_server.hpp"

namespace bursar::telemetry {

// Called on the server's thread; must not block.
struct HealthChecks {
    std::function<Result<void>()> live;   // an error: it must be started again
    std::function<Result<void>()> ready;  // an error: not yet
};

// An answer is 200 `ok`, or 503 and a sentence that says what is missing.
HttpRoutes probeRoutes(HealthChecks checks);

}  // namespace bursar::telemetry
