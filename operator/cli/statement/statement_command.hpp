// `bursar statement`: a closed statement as it is kept, or the draft of a period that is not closed.
#pragma once

#include <istream>
#include <optional>
#include <string>

#include "operator/cli/cost/statement_source.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

enum class StatementFormat { Table, Markdown, Csv, Focus, Html, Json };

struct StatementOptions {
    StatementQuery query;
    std::optional<std::string> costCenter;  // only this one's part; "" is what no cost centre pays
    StatementFormat format = StatementFormat::Table;
    bool list = false;  // what statements there are, instead of one
    std::string file;   // a statement as JSON, instead of a cluster; `-` is standard input
};

// Exit code 0; 1 where there is no such statement, an option is wrong or something cannot be reached; 2 where a file or
// what is kept cannot be used, among it a statement that was changed after it was closed.
Answer runStatement(const StatementOptions& options, const StatementSources& sources);

// Of `options.file`, without a cluster. The same exit codes.
Answer runStatementFile(const StatementOptions& options, std::istream& in);

}  // namespace bursar::cli
