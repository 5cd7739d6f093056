// What the treasury tells Prometheus: the figures of its decisions, and what it counts as things happen.
//
// Thread-safe. Counters of a policy or gateway begin at 0 with the first decision about it, and are gone with the first one
// without it.
#pragma once

#include "controllers/reconcile/treasury_gauges.hpp"

namespace bursar::reconcile {

class TreasuryMetrics {
  public:
    TreasuryMetrics();

    // This must live as long as the registry.
    void addTo(telemetry::MetricRegistry& registry) const;

    // Decided at `now`; decide() took this long.
    void decided(TreasuryFigures figures, std::chrono::nanoseconds took, Instant now);

  private:
    telemetry::ValueTable decisions_;
    telemetry::DurationTable decisionDuration_;
    telemetry::ValueTable lastDecision_;
    TreasuryGauges gauges_;
};

}  // namespace bursar::reconcile
