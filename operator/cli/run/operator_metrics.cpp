#include "operator/cli/run/operator_metrics.hpp"

#include "operator/cli/version.hpp"

namespace bursar::cli {

OperatorMetrics::OperatorMetrics()
    : buildInfo({"bursar_build_info", prometheus::MetricType::Gauge, {"version"}, "1", "Which build this is."}) {
    buildInfo.set({std::string{releaseVersion()}}, 1);
    registry.add(buildInfo);
    treasury->addTo(registry);
    runtime->addTo(registry);
    registry.add(process);
}

telemetry::HttpRoutes OperatorMetrics::routes() const {
    return {{"/metrics", [this]() -> telemetry::HttpReply {
                 return {200, registry.expose(), "text/plain; version=0.0.4; charset=utf-8"};
             }}};
}

}  // namespace bursar::cli
