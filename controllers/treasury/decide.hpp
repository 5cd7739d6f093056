// decide(): the whole treasury as one pure function.
#pragma once

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::treasury {

// Total and deterministic: the same World and time give the same Decisions, whatever the order of its lists; no clock,
// no I/O, no logging. Operator, CLI, simulation and tests all call this one function.
//
// A policy that cannot be used decides nothing for its teams (their quotas say so). A TeamQuota that cannot be used,
// or one request of it, is set aside with a Problem and nobody else's answer depends on it.
Decisions decide(const World& world, Instant now);

}  // namespace bursar::treasury
