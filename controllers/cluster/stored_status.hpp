// What the stored status of a TeamQuota says, for as long as usage source and ledger have not been read. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "controllers/treasury/world.hpp"

namespace bursar::cluster {

// What was consumed, by pool and start of the window.
std::map<std::pair<std::string, Instant>, api::Tokens> storedConsumption(const nlohmann::json& object);

// History and haircut, by pool, as the last decision took them.
std::map<std::string, treasury::Remembered> storedRecord(const nlohmann::json& object);

}  // namespace bursar::cluster
