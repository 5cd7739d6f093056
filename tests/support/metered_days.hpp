// Metered days for tests of the ledger.
#pragma once

#include <string>

#include "controllers/treasury/chargeback/metering.hpp"

namespace bursar::testing {

// `teams` teams of two cost centres with `models` models each in pool `chat`; every amount differs, and those of the
// first model and the last team are `seed`, 100 and 400.
inline treasury::MeteredDay meteredDay(Instant day, std::int64_t seed = 900, int teams = 1, int models = 1) {
    treasury::MeteredDay metered{day, {}, {}, {}, {}};
    for (int team = 0; team < teams; ++team) {
        treasury::MeteredTeam& entry = metered.teams["team-" + std::to_string(team)];
        entry.costCenter = team % 2 == 0 ? "CC-1" : "CC-2";
        for (int model = 0; model < models; ++model) {
            const std::int64_t more = (teams - 1 - team) * 1000 + model * 10;
            entry.usage[{"chat", "model-" + std::to_string(model)}] = {
                api::Tokens{seed + more}, api::Tokens{100 + more}, api::Tokens{400 + more}};
        }
    }
    return metered;
}

}  // namespace bursar::testing
