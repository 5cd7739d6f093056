// `bursar statement`: a closed statement as it is kept, or the draft of a period that is not closed.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <string>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/ledger/ledger.hpp"
#include "operator/cli/statement/open_days.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

enum class StatementFormat { Table, Markdown, Csv, Focus, Html, Json };

struct StatementOptions {
    std::string policy;                     // empty: the only one something is recorded of
    std::string period;                     // `2026-11` or `2026Q4`; empty: the last that is closed, else the open one
    std::optional<std::string> costCenter;  // only this one's part; "" is what no cost centre pays
    StatementFormat format = StatementFormat::Table;
    bool list = false;  // what statements there are, instead of one
    std::string file;   // a statement as JSON, instead of a cluster; `-` is standard input
};

// Where statements come from.
struct StatementSources {
    ledger::Ledger& ledger;
    // For a draft: the policy as it is now, nothing where it cannot be had; and what is metered from a day on that is
    // not recorded yet (readOpenDays). Without the second a draft ends with what is recorded.
    std::function<std::optional<api::AllocationPolicy>(const std::string& name)> findPolicy;
    std::function<Result<OpenDays>(const api::AllocationPolicy& policy, Instant from)> readOpenDays;
    Instant now;
};

// Exit code 0; 1 where there is no such statement, an option is wrong or something cannot be reached; 2 where a file or
// what is kept cannot be used, among it a statement that was changed after it was closed.
Answer runStatement(const StatementOptions& options, const StatementSources& sources);

// Of `options.file`, without a cluster. The same exit codes.
Answer runStatementFile(const StatementOptions& options, std::istream& in);

}  // namespace bursar::cli
