// What the treasury tells Prometheus: the figures of its decisions, and what it counts as things happen.
//
// Thread-safe. Counters of a policy or gateway begin at 0 with the first decision about it, and are gone with the first
// one without it.
#pragma once

#include "controllers/reconcile/metrics/gauges.hpp"

namespace bursar::reconcile {

class TreasuryMetrics {
  public:
    TreasuryMetrics();

    // This must live as long as the registry.
    void addTo(telemetry::MetricRegistry& registry) const;

    // Decided at `now`; decide() took this long.
    void decided(TreasuryFigures figures, std::chrono::nanoseconds took, Instant now);
    // `rule` is what denied it; empty where it was approved.
    void loanDecided(const std::string& policy, const std::string& pool, bool approved, const std::string& rule);
    void usageReadFailed(const std::string& policy) { usageErrors_.add({policy}); }
    void ledgerFailed(const std::string& policy) { ledgerErrors_.add({policy}); }
    void statementSent(const std::string& policy, bool delivered);
    void gatewayFailed(const std::string& policy, const std::string& gateway) { gatewayErrors_.add({policy, gateway}); }
    // `repaired`: nothing was to change, somebody else had changed what was there.
    void gatewayWritten(const std::string& policy, const std::string& gateway, std::size_t writes, bool repaired);

  private:
    void keepOnly(const TreasuryFigures& figures);

    telemetry::ValueTable decisions_;
    telemetry::DurationTable decisionDuration_;
    telemetry::ValueTable lastDecision_;
    telemetry::ValueTable loanDecisions_;
    telemetry::ValueTable usageErrors_;
    telemetry::ValueTable ledgerErrors_;
    telemetry::ValueTable deliveries_;
    telemetry::ValueTable gatewayWrites_;
    telemetry::ValueTable gatewayErrors_;
    telemetry::ValueTable driftRepaired_;
    TreasuryGauges gauges_;
};

}  // namespace bursar::reconcile
