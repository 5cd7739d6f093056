#include "controllers/reconcile/treasury_metrics.hpp"

namespace bursar::reconcile {
namespace {

using prometheus::MetricType;

// decide() takes 0.1 s for 100,000 teams.
const std::vector<double> kDecisionBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};

}  // namespace

TreasuryMetrics::TreasuryMetrics()
    : decisions_({"bursar_decisions_total", MetricType::Counter, {}, "decisions", "Decisions that were made and published."}),
      decisionDuration_({"bursar_decision_duration_seconds", MetricType::Histogram, {}, "seconds",
                         "How long the arithmetic of a decision took, over all policies and teams."},
                        kDecisionBuckets),
      lastDecision_({"bursar_last_decision_timestamp_seconds", MetricType::Gauge, {}, "Unix time",
                     "When the last decision was made."}) {
    decisions_.set({}, 0);
}

void TreasuryMetrics::addTo(telemetry::MetricRegistry& registry) const {
    registry.add(decisions_);
    registry.add(decisionDuration_);
    registry.add(lastDecision_);
    registry.add(gauges_);
}

void TreasuryMetrics::decided(TreasuryFigures figures, std::chrono::nanoseconds took, Instant now) {
    gauges_.publish(std::move(figures));
    decisionDuration_.observe({}, took);
    lastDecision_.set({}, telemetry::unixTime(now));
    decisions_.add({});
}

}  // namespace bursar::reconcile
