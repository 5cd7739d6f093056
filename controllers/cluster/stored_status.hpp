// Reads the stored status of a TeamQuota: it stands in for usage source and ledger until those have been read. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "controllers/treasury/world.hpp"

namespace bursar::cluster {

// Tokens consumed, by pool and start of the window.
std::map<std::pair<std::string, Instant>, api::Tokens> storedConsumption(const nlohmann::json& object);

// History and haircut, by pool, as the last decision used them.
std::map<std::string, treasury::Remembered> storedRecord(const nlohmann::json& object);

// The parts of a World to take from statuses.
struct RestoredParts {
    bool consumption = true;
    bool record = true;  // history and haircuts
};

// Fills `world` with what the stored TeamQuota `object` says about the team of `quota`, which was parsed from it. The
// policy's usage counts as not known then.
void restoreFromStatus(const nlohmann::json& object, const api::TeamQuota& quota, const RestoredParts& parts,
                       treasury::World& world);

}  // namespace bursar::cluster
