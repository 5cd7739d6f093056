// The World: everything a decision may depend on, as values. What is not in here cannot change a grant.
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

// What is known of a policy's consumption, from its usage source.
struct UsageView {
    std::map<ConsumptionKey, api::Tokens> consumed;
    // The part of it that was consumed after an instant a loan begins or ends at, until the next such instant.
    std::map<ConsumptionKey, std::map<Instant, api::Tokens>> consumedSince;
    bool known = true;  // false: figures from the statuses, until the source was read once
    // Consumption before this is complete; it is later than any sample that could still change it. The epoch: nothing
    // was read.
    Instant completeUpTo{};
};

// Where consumption must be told apart, by (pool, team).
using Cuts = std::map<std::pair<std::string, std::string>, std::set<Instant>>;

struct RecordKey {
    std::string policy;
    std::string pool;
    std::string team;

    auto operator<=>(const RecordKey&) const = default;
};

// What a decision once took from a team's record, for as long as the record itself cannot be read.
struct Remembered {
    std::optional<std::int64_t> history;
    Haircut haircut;
};

// A team's mean baseline in a pool, over its last closed windows; rounded down.
struct RecentBaseline {
    api::Tokens mean;
    std::int64_t windows = 0;  // at least 1

    bool operator==(const RecentBaseline&) const = default;
};
using RecentBaselines = std::map<std::pair<std::string, std::string>, RecentBaseline>;  // by pool, team

// Objects are shared, immutable snapshots. Their order does not matter.
struct World {
    std::vector<std::shared_ptr<const api::AllocationPolicy>> policies;
    std::vector<std::shared_ptr<const api::TeamQuota>> quotas;
    std::vector<std::shared_ptr<const api::BurstLoan>> loans;
    std::map<std::string, api::Labels> namespaces;          // labels by namespace name
    std::map<std::string, UsageView> usage;                 // by policy name
    std::map<RecordKey, std::vector<PeriodRecord>> record;  // closed periods, newest first
    std::map<RecordKey, Remembered> remembered;             // where the record is not known: from the statuses
    // By policy name; absent where the record is not known. Of a team without closed windows there is nothing.
    std::map<std::string, std::shared_ptr<const RecentBaselines>> recentBaselines;
};

}  // namespace bursar::treasury
