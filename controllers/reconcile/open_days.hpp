// The days of a policy that its ledger does not have yet, read from its usage source at once: for verbs of the command
// line, which have no poller. The operator's own come from its informers.
#pragma once

#include <string>
#include <vector>

#include "controllers/treasury/metering.hpp"
#include "controllers/treasury/world.hpp"
#include "controllers/usage/usage_poller.hpp"

namespace bursar::reconcile {

struct OpenDays {
    std::vector<treasury::MeteredDay> days;  // oldest first; the last is the open one, so far
    std::string problem;                     // the source answers, but is stale; empty when all is well
};

// Days from `from` (the end of the record) until now. Who pays and how large the reserves are is what `world` gives now;
// what loans drew is not known here. NotFound where the world has no such policy; else as usage::readDays.
Result<OpenDays> readOpenDays(const treasury::World& world, const std::string& policy,
                              const usage::PolicyAccount::Query& query, Instant from, Instant now);

}  // namespace bursar::reconcile
