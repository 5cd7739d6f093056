// The cost of a planning period so far, by team: the figures of `kubectl get tq`. They come from the statement's draft,
// so both agree. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/treasury/chargeback/statement.hpp"

namespace bursar::treasury {

struct ModelCharge {
    TokenCounts tokens;
    std::int64_t amount = 0;  // minor units
};

struct Charge {
    std::map<std::string, ModelCharge> models;
    std::int64_t amount = 0;                  // minor units; to date
    std::vector<std::string> unpricedModels;  // used, but without a price: not in the amount

    Charge& operator+=(const StatementLine& line);
};

struct Charges {
    PlanningPeriod period;
    std::string currency;
    Instant since;  // the start of metering or of the period, whichever is later
    Instant until;  // the figures include all usage before this instant
    std::map<std::string, Charge> teams;
    Charge total;

    [[nodiscard]] int digits() const { return api::minorUnitDigits(currency); }
};

// The usage lines of a draft, without corrections and shares. `meteringSince` is the start of metering.
Charges chargesOf(const Statement& draft, Instant meteringSince);

// The amount at the period's end, in minor units, if the pace since `since` continues; rounded half to even. Nothing in
// the first hour, which is too short for a pace. `since` lies in the period.
std::optional<std::int64_t> expectedAmount(std::int64_t amount, const TimeWindow& period, Instant since, Instant until);

}  // namespace bursar::treasury
