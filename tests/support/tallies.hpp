// Closed windows for tests of the ledger.
#pragma once

#include <string>

#include "controllers/treasury/closing.hpp"

namespace bursar::testing {

// The window of `pool` that `start` lies in, with a line for each of `teams`: forecast 100, baseline 80, `consumed`.
inline treasury::PoolTally closedWindow(const std::string& pool, api::BudgetWindow length, Instant start,
                                        std::int64_t consumed, int teams = 1) {
    treasury::PoolTally window{pool, length, treasury::windowAt(start, length), 0, {}};
    for (int team = 0; team < teams; ++team) {
        window.teams["team-" + std::to_string(team)] = {100, 80, consumed, 1, consumed % 3 == 0 ? 1 : 0};
    }
    return window;
}

}  // namespace bursar::testing
