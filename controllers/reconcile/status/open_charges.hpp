// The cost of the open planning period of each policy so far. One owner.
//
// Recorded days come from the ledger, later ones from the usage source. Charges are computed again only where one of
// their inputs has changed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controllers/reconcile/delivery/statement_delivery.hpp"
#include "controllers/reconcile/observation/observation.hpp"
#include "controllers/reconcile/status/chargeback_render.hpp"

namespace bursar::reconcile {

class OpenCharges {
  public:
    // Null until ledger and usage source have answered once: what a status says stays until then. Valid until the next
    // call for the same policy.
    const treasury::Charges* of(const Observation& seen, const std::string& policy);
    // Everything a policy's status says about money; `deliveries` are those of this process.
    Money moneyOf(const Observation& seen, const std::string& policy, const Deliveries& deliveries);
    // Drops the charges of policies that are gone.
    void keepOnly(const Observation& seen);

  private:
    struct Computed {
        // The inputs.
        std::shared_ptr<const api::AllocationPolicy> policy;
        std::shared_ptr<const treasury::UsageSums> recorded;
        std::vector<usage::MeteredDays::Day> days;

        treasury::Charges charges;
    };
    std::map<std::string, Computed> computed_;  // by policy
};

// Closed statements whose delivery no status confirms, of policies with a webhook.
std::vector<PendingDelivery> pendingDeliveries(const Observation& seen);

}  // namespace bursar::reconcile
