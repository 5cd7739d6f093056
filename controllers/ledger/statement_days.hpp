// Which planning period closes next, which days its statement charges, and which statement it corrects: read from the
// metering chain alone. Pure.
//
// Guarantee: every day belongs to one statement, also when the policy changes between months and quarters, because a
// statement begins where the one before it ended.
#pragma once

#include <optional>

#include "controllers/ledger/metering_chain.hpp"
#include "controllers/treasury/chargeback/statement.hpp"

namespace bursar::ledger {

// The first period that ends after the last closed one, if it is over by `now`. Absent while metering has not begun.
std::optional<treasury::PlanningPeriod> nextToClose(const api::AllocationPolicy& policy, const MeteringChain& chain,
                                                    Instant now);

// The days that the statement of `period` charges: from the end of the statement before it to the end of the period.
treasury::TimeWindow daysOf(const treasury::PlanningPeriod& period, const MeteringChain& chain);

// The closed statement that the one of `period` corrects: the one before it. Absent once days of it were dropped from
// the chain, because they can no longer be summed.
std::optional<treasury::PlanningPeriod> correctedWith(const treasury::PlanningPeriod& period,
                                                      const MeteringChain& chain);

// The recorded usage of these days, split where the policy's prices change.
treasury::UsageSums sumUsage(const api::AllocationPolicy& policy, const MeteringChain& chain,
                             const treasury::TimeWindow& days);

}  // namespace bursar::ledger
