// Budgets, pools, loans and conditions as gauges.
//
// Flow: the reconciler publishes the figures of each decision; a scrape reads the last ones and delays no decision.
// Guarantees: one scrape shows one decision; the series of a team, pool or policy that is gone end with the next
// decision. A replica that does not lead has none of them. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/reconcile/metrics/figures.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/telemetry/metrics.hpp"

namespace bursar::reconcile {

class TreasuryGauges final : public telemetry::MetricSource {
  public:
    void publish(TreasuryFigures figures);
    // The usage source of a policy was read; most reads cause no decision.
    void usageSampled(const std::string& policy, Instant lastSample);

    [[nodiscard]] std::vector<telemetry::MetricInfo> describe() const override;
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    mutable Mutex mutex_;
    std::shared_ptr<const TreasuryFigures> figures_ GUARDED_BY(mutex_);  // null before the first decision
    std::map<std::string, Instant> lastSamples_ GUARDED_BY(mutex_);      // by policy of `figures_`
};

}  // namespace bursar::reconcile
