// One side of a comparison: a World and its decisions.
#pragma once

#include "controllers/treasury/decisions.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::cli {

struct Side {
    const treasury::World& world;
    const treasury::Decisions& decisions;
};

}  // namespace bursar::cli
