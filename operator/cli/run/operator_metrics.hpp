// All metrics of the operator, in one registry.
#pragma once

#include <memory>

#include "controllers/reconcile/metrics/metrics.hpp"
#include "operator/runtime/telemetry/http_server.hpp"
#include "operator/runtime/telemetry/metrics.hpp"
#include "operator/runtime/telemetry/process_metrics.hpp"
#include "operator/runtime/telemetry/runtime_metrics.hpp"

namespace bursar::cli {

struct OperatorMetrics {
    OperatorMetrics();
    OperatorMetrics(const OperatorMetrics&) = delete;
    OperatorMetrics& operator=(const OperatorMetrics&) = delete;

    const std::shared_ptr<reconcile::TreasuryMetrics> treasury = std::make_shared<reconcile::TreasuryMetrics>();
    const std::shared_ptr<telemetry::RuntimeMetrics> runtime = std::make_shared<telemetry::RuntimeMetrics>();
    const telemetry::ProcessMetrics process;
    telemetry::ValueTable buildInfo;
    telemetry::MetricRegistry registry;

    // /metrics. This must outlive the server of the routes.
    [[nodiscard]] telemetry::HttpRoutes routes() const;
};

}  // namespace bursar::cli
