// Random worlds for properties of decide(). Each is read from a tape of random numbers, so that RapidCheck shrinks a
// world by shrinking its tape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controllers/treasury/decide.hpp"

namespace bursar::testing {

// Numbers to build a world from; zeros after its end.
using Tape = std::vector<std::uint32_t>;

// One policy "main" with one to three pools and one to some twenty teams with floors, ceilings, weights, peaks and
// closed periods. Everything in it is valid; amounts are small (where ties and boundaries are common), middling or the
// largest.
treasury::World makeValidWorld(const Tape& tape);

// The same, with everything else that a cluster may hold: policies with errors, TeamQuotas with wrong references, teams
// claimed twice, pools requested twice, foreign namespaces, records of nothing, loans of every kind.
treasury::World makeJunkWorld(const Tape& tape);

// The same world with every list in another order.
treasury::World shuffled(const treasury::World& world, std::uint32_t seed);

// All decisions as text, in an order that does not depend on the order of requests and pools.
std::string describe(const treasury::Decisions& decisions);

}  // namespace bursar::testing
