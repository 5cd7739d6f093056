// decide(): the whole treasury as one pure function.
#pragma once

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// Total and deterministic: the same World and time give the same Decisions, whatever the order of its lists; no clock,
// no I/O, no logging. Operator, CLI, simulation and tests all call this one function.
//
// A policy with errors decides nothing for its teams; their quotas have a Problem that says so. A TeamQuota with an
// error, or a single request of it, is set aside with a Problem. The decisions for other teams do not depend on it.
Decisions decide(const World& world, Instant now);

}  // namespace bursar::treasury
