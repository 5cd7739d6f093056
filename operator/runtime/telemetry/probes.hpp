// /healthz and /readyz for a Deployment's probes.
#pragma once

#include "operator/runtime/telemetry/http_server.hpp"

namespace bursar::telemetry {

// Called on the server's thread; must not block.
struct HealthChecks {
    std::function<Result<void>()> live;   // an error: the process must be restarted
    std::function<Result<void>()> ready;  // an error: the process is not ready yet
};

// The reply is 200 `ok`, or 503 with the error's message.
HttpRoutes probeRoutes(HealthChecks checks);

}  // namespace bursar::telemetry
