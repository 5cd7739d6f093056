#include "controllers/reconcile/metrics/metrics.hpp"

#include <set>

namespace bursar::reconcile {
namespace {

using prometheus::MetricType;

// decide() takes 0.1 s for 100,000 teams.
const std::vector<double> kDecisionBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};

constexpr const char* kDelivered = "delivered";
constexpr const char* kFailed = "failed";

}  // namespace

TreasuryMetrics::TreasuryMetrics()
    : decisions_(
          {"bursar_decisions_total", MetricType::Counter, {}, "decisions", "Decisions that were made and published."}),
      decisionDuration_({"bursar_decision_duration_seconds",
                         MetricType::Histogram,
                         {},
                         "seconds",
                         "How long the arithmetic of a decision took, over all policies and teams."},
                        kDecisionBuckets),
      lastDecision_({"bursar_last_decision_timestamp_seconds",
                     MetricType::Gauge,
                     {},
                     "Unix time",
                     "When the last decision was made."}),
      loanDecisions_(
          {"bursar_loan_decisions_total",
           MetricType::Counter,
           {"policy", "pool", "decision", "rule"},
           "loans",
           "BurstLoans that were approved or denied; rule is what denied them, empty where they were approved."}),
      usageErrors_({"bursar_usage_read_errors_total",
                    MetricType::Counter,
                    {"policy"},
                    "reads",
                    "Reads of the usage source that failed."}),
      ledgerErrors_({"bursar_ledger_errors_total",
                     MetricType::Counter,
                     {"policy"},
                     "attempts",
                     "Attempts to read or write the ledger that failed."}),
      deliveries_({"bursar_statement_deliveries_total",
                   MetricType::Counter,
                   {"policy", "result"},
                   "attempts",
                   "Attempts to deliver a closed statement to the policy's webhook: delivered or failed."}),
      gatewayWrites_({"bursar_gateway_writes_total",
                      MetricType::Counter,
                      {"policy", "gateway"},
                      "objects",
                      "Objects with limits that were written or removed."}),
      gatewayErrors_(
          {"bursar_gateway_errors_total",
           MetricType::Counter,
           {"policy", "gateway"},
           "attempts",
           "Attempts to bring a gateway to the limits decided that failed; what is in force stays in force."}),
      driftRepaired_({"bursar_gateway_drift_repaired_total",
                      MetricType::Counter,
                      {"policy", "gateway"},
                      "repairs",
                      "How often limits that somebody else had changed or deleted were put right."}) {
    decisions_.set({}, 0);
}

void TreasuryMetrics::addTo(telemetry::MetricRegistry& registry) const {
    registry.add(decisions_);
    registry.add(decisionDuration_);
    registry.add(lastDecision_);
    registry.add(gauges_);
    for (const telemetry::ValueTable* table : {&loanDecisions_, &usageErrors_, &ledgerErrors_, &deliveries_,
                                               &gatewayWrites_, &gatewayErrors_, &driftRepaired_}) {
        registry.add(*table);
    }
}

void TreasuryMetrics::decided(TreasuryFigures figures, std::chrono::nanoseconds took, Instant now) {
    keepOnly(figures);
    gauges_.publish(std::move(figures));
    decisionDuration_.observe({}, took);
    lastDecision_.set({}, telemetry::unixTime(now));
    decisions_.add({});
}

void TreasuryMetrics::keepOnly(const TreasuryFigures& figures) {
    std::set<std::string> policies;
    std::set<std::pair<std::string, std::string>> gateways;
    for (const PolicyFigures& policy : figures.policies) {
        policies.insert(policy.name);
        for (telemetry::ValueTable* table : {&usageErrors_, &ledgerErrors_}) table->begin({policy.name});
        for (const char* result : {kDelivered, kFailed}) deliveries_.begin({policy.name, result});
        for (const std::string& gateway : policy.gateways) {
            gateways.emplace(policy.name, gateway);
            for (telemetry::ValueTable* table : {&gatewayWrites_, &gatewayErrors_, &driftRepaired_}) {
                table->begin({policy.name, gateway});
            }
        }
    }
    for (telemetry::ValueTable* table : {&loanDecisions_, &usageErrors_, &ledgerErrors_, &deliveries_}) {
        table->erase([&](const telemetry::LabelValues& values) { return !policies.contains(values[0]); });
    }
    for (telemetry::ValueTable* table : {&gatewayWrites_, &gatewayErrors_, &driftRepaired_}) {
        table->erase([&](const telemetry::LabelValues& values) { return !gateways.contains({values[0], values[1]}); });
    }
}

void TreasuryMetrics::loanDecided(const std::string& policy, const std::string& pool, bool approved,
                                  const std::string& rule) {
    loanDecisions_.add({policy, pool, approved ? "approved" : "denied", rule});
}

void TreasuryMetrics::statementSent(const std::string& policy, bool delivered) {
    deliveries_.add({policy, delivered ? kDelivered : kFailed});
}

void TreasuryMetrics::gatewayWritten(const std::string& policy, const std::string& gateway, std::size_t writes,
                                     bool repaired) {
    gatewayWrites_.add({policy, gateway}, static_cast<double>(writes));
    if (repaired) driftRepaired_.add({policy, gateway});
}

}  // namespace bursar::reconcile
