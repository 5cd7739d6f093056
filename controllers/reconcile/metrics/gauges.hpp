// Budgets, pools, loans and conditions as gauges.
//
// Flow: the reconciler publishes the figures of each decision; a scrape reads the last ones and holds nobody up.
// Guarantees: one scrape shows one decision; the series of a team, pool or policy that is gone are gone with the next
// decision. A replica that does not lead has none of them. Thread-safe.
#pragma once

#include <memory>
#include <mutex>

#include "controllers/reconcile/metrics/figures.hpp"
#include "operator/runtime/telemetry/metrics.hpp"

namespace bursar::reconcile {

class TreasuryGauges final : public telemetry::MetricSource {
  public:
    void publish(TreasuryFigures figures);

    [[nodiscard]] std::vector<telemetry::MetricInfo> describe() const override;
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

  private:
    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::shared_ptr<const TreasuryFigures> figures_;  // null until something was decided
};

}  // namespace bursar::reconcile
