// The history of closed periods as a CSV file: `team,pool,period,forecast,actual,throttledPercent`, a row for each
// period.
//
// For plans without a ledger. Pure, except for readHistoryFile(). Nothing is rounded: see PeriodRecord.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controllers/api/manifests/manifest.hpp"
#include "controllers/treasury/planning_period.hpp"
#include "controllers/treasury/world.hpp"

namespace bursar::cli {

struct HistoryRow {
    std::string team;
    std::string pool;
    treasury::PlanningPeriod period;
    treasury::PeriodRecord record;
    api::Place place;
};

struct History {
    std::vector<HistoryRow> rows;  // well-formed ones, in the order of the file
    std::vector<api::ManifestError> errors;
};

// `file` is for messages. A period that has not ended at `at` is an error.
History parseHistory(std::string_view text, const std::string& file, Instant at);

// NotFound if the file cannot be read, InvalidArgument if it is too large.
Result<History> readHistoryFile(const std::string& file, Instant at);

// What is wrong or notable about a history for the policies of a World.
struct HistoryFindings {
    std::vector<api::ManifestError> errors;
    std::vector<std::string> notes;  // for the reader; nothing is wrong
};

// Replaces the record of each team and pool in every policy of `world` that has the pool and a TeamQuota of the team.
// A row whose kind of period differs from the policy's is an error, unless another policy uses the row.
HistoryFindings applyHistory(const History& history, Instant at, treasury::World& world);

}  // namespace bursar::cli
