// The history of closed periods as a CSV file: `team,pool,period,forecast,actual,throttledPercent`, a row a period.
//
// For plans made where no ledger is at hand. Pure, except for readHistoryFile. Nothing is rounded: see PeriodRecord.
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

// `file` is for messages. Periods that have not ended at `at` are errors: only closed ones are held against forecasts.
History parseHistory(std::string_view text, const std::string& file, Instant at);

// NotFound where the file cannot be read.
Result<History> readHistoryFile(const std::string& file, Instant at);

// What of a history could not be used as it is, found when it met a World.
struct HistoryFindings {
    std::vector<api::ManifestError> errors;
    std::vector<std::string> notes;  // for the reader; nothing is wrong
};

// Enters the rows into the record of every policy of `world` that has the pool and a TeamQuota of the team, in place of
// what the World knew of that team and pool. A row whose
// period is of another kind than such a policy's is an error, unless another policy takes it.
HistoryFindings bookHistory(const History& history, Instant at, treasury::World& world);

}  // namespace bursar::cli
