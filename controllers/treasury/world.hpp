// The World: everything that a decision depends on, as values. Anything else cannot change a grant.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/api/burst_loan.hpp"
#include "controllers/api/team_quota.hpp"
#include "controllers/treasury/forecasting.hpp"

namespace bursar::treasury {

// Tokens consumed by one team in one pool in the window that starts at `windowStart`.
struct ConsumptionKey {
    std::string pool;
    std::string team;
    Instant windowStart;

    auto operator<=>(const ConsumptionKey&) const = default;
};

// The known consumption of a policy's teams, from its usage source.
struct UsageView {
    std::map<ConsumptionKey, api::Tokens> consumed;
    // The part of it that was consumed from one cut to the next. A cut is an instant at which a loan begins or ends.
    std::map<ConsumptionKey, std::map<Instant, api::Tokens>> consumedSince;
    bool known = true;  // false: figures from the statuses, until the source is read for the first time
    // Consumption before this instant is final: every sample that counts for it was read. The epoch: nothing was read.
    Instant completeUpTo{};
};

// Instants at which loans begin or end, by (pool, team): consumption before and after them is counted separately.
using Cuts = std::map<std::pair<std::string, std::string>, std::set<Instant>>;

struct RecordKey {
    std::string policy;
    std::string pool;
    std::string team;

    auto operator<=>(const RecordKey&) const = default;
};

// History and haircut from an earlier decision, used while the record itself cannot be read.
struct Remembered {
    std::optional<std::int64_t> history;
    Haircut haircut;
};

// A team's mean baseline in a pool over its last closed windows, rounded down.
struct RecentBaseline {
    api::Tokens mean;
    std::int64_t windows = 0;  // at least 1

    bool operator==(const RecentBaseline&) const = default;
};
using RecentBaselines = std::map<std::pair<std::string, std::string>, RecentBaseline>;  // by pool, team

// Objects are shared, immutable snapshots, in any order.
struct World {
    std::vector<std::shared_ptr<const api::AllocationPolicy>> policies;
    std::vector<std::shared_ptr<const api::TeamQuota>> quotas;
    std::vector<std::shared_ptr<const api::BurstLoan>> loans;
    std::map<std::string, api::Labels> namespaces;          // labels by namespace name
    std::map<std::string, UsageView> usage;                 // by policy name
    std::map<RecordKey, std::vector<PeriodRecord>> record;  // closed periods, newest first
    std::map<RecordKey, Remembered> remembered;             // from the statuses; for teams whose record is not known
    // By policy name; absent if the record is not known. A team without closed windows has no entry.
    std::map<std::string, std::shared_ptr<const RecentBaselines>> recentBaselines;
};

}  // namespace bursar::treasury
