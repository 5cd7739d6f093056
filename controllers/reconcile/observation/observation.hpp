// Everything one turn of the reconciler knows, taken at one instant: what it decides by and what statuses are about.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controllers/reconcile/observation/watch_health.hpp"
#include "controllers/reconcile/record/recorder.hpp"
#include "controllers/treasury/world.hpp"
#include "controllers/usage/policy_account.hpp"
#include "operator/runtime/kube/clock_skew.hpp"
#include "operator/runtime/kube/informer.hpp"

namespace bursar::reconcile {

struct Observation {
    Instant at;
    treasury::World world;  // quotas and loans sorted by namespace and name
    std::map<std::string, std::shared_ptr<const api::AllocationPolicy>> policies;  // of the world, by name
    std::map<std::string, treasury::Cuts> cuts;  // by policy: instants at which loans begin and end

    // As stored; the world was parsed from them. Never null.
    std::shared_ptr<const kube::Store> policyObjects = std::make_shared<kube::Store>();
    std::shared_ptr<const kube::Store> quotaObjects = std::make_shared<kube::Store>();
    std::shared_ptr<const kube::Store> loanObjects = std::make_shared<kube::Store>();

    std::shared_ptr<const usage::UsageByPolicy> usage = std::make_shared<usage::UsageByPolicy>();
    std::shared_ptr<const RecordByPolicy> record = std::make_shared<RecordByPolicy>();

    std::vector<StaleResource> stale;
    kube::ClockVerdict clock;

    // Null where there is none.
    [[nodiscard]] const api::TeamQuota* quota(const kube::Key& key) const;
    [[nodiscard]] const api::BurstLoan* loan(const kube::Key& key) const;
    [[nodiscard]] const usage::PolicyUsage* usageOf(const std::string& policy) const;
    [[nodiscard]] const PolicyRecord* recordOf(const std::string& policy) const;
};

}  // namespace bursar::reconcile
