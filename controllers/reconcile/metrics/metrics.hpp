// The metrics of the treasury: figures of its decisions, and counters.
//
// Thread-safe. Counters of a policy or gateway begin at 0 with the first decision about it, and end with the first
// decision without it.
#pragma once

#include "controllers/reconcile/metrics/gauges.hpp"

namespace bursar::reconcile {

class TreasuryMetrics {
  public:
    TreasuryMetrics();

    // This must live as long as the registry.
    void addTo(telemetry::MetricRegistry& registry) const;

    // A decision was made at `now`; decide() took this long.
    void decided(TreasuryFigures figures, std::chrono::nanoseconds took, Instant now);
    // `rule` is the rule that denied the loan; empty if it was approved.
    void loanDecided(const std::string& policy, const std::string& pool, bool approved, const std::string& rule);
    void usageSampled(const std::string& policy, Instant lastSample) { gauges_.usageSampled(policy, lastSample); }
    void usageReadFailed(const std::string& policy) { usageErrors_.add({policy}); }
    void ledgerFailed(const std::string& policy) { ledgerErrors_.add({policy}); }
    void statementSent(const std::string& policy, bool delivered);
    void gatewayFailed(const std::string& policy, const std::string& gateway) { gatewayErrors_.add({policy, gateway}); }
    // `repaired`: neither limits nor target had changed, so the writes undid somebody else's change.
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
