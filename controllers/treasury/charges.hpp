// What a planning period has cost so far, by team: the figures of `kubectl get tq`, made from the draft of the
// statement, so that both say the same. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/statement.hpp"

namespace bursar::treasury {

struct ModelCharge {
    TokenCounts tokens;
    std::int64_t amount = 0;  // minor units
};

struct Charge {
    std::map<std::string, ModelCharge> models;
    std::int64_t amount = 0;                  // minor units; to date
    std::vector<std::string> unpricedModels;  // used, and not in the amount

    Charge& operator+=(const StatementLine& line);
};

struct Charges {
    PlanningPeriod period;
    std::string currency;
    Instant since;  // metering began, or the period did, whichever is later
    Instant until;  // what was metered before it is in the figures
    std::map<std::string, Charge> teams;
    Charge total;

    [[nodiscard]] int digits() const { return api::minorUnitDigits(currency); }
};

// Of a draft; lines that are no usage (corrections, shares) are not in it. `meteringSince`: when metering began.
Charges chargesOf(const Statement& draft, Instant meteringSince);

// What `amount` comes to at the period's end if the pace since `since` holds, rounded half to even; nothing in the
// first hour, as there is no pace yet. `since` lies in the period.
std::optional<std::int64_t> expectedAmount(std::int64_t amount, const TimeWindow& period, Instant since, Instant until);

}  // namespace bursar::treasury
