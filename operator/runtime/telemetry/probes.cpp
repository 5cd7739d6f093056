#include "operator/runtime/telemetry/probes.hpp"

namespace bursar::telemetry {
namespace {

std::function<HttpReply()> probe(std::function<Result<void>()> check) {
    return [check = std::move(check)]() -> HttpReply {
        const auto checked = check();
        if (checked) return {200, "ok\n"};
        return {503, checked.error().message + "\n"};
    };
}

}  // namespace

HttpRoutes probeRoutes(HealthChecks checks) {
    return {{"/healthz", probe(std::move(checks.live))}, {"/readyz", probe(std::move(checks.ready))}};
}

}  // namespace bursar::telemetry
