// `bursar statement`: a closed statement as it is stored, or the draft of a period that is not closed.
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
    std::optional<std::string> costCenter;  // only its part; "": lines without a cost centre
    StatementFormat format = StatementFormat::Table;
    bool list = false;  // list the statements instead of showing one
    std::string file;   // a statement's JSON instead of a cluster; `-`: standard input
};

// Exit code 0; 1 if there is no such statement, an option is wrong or a server does not answer; 2 if a file or a stored
// statement cannot be used, for example because it was changed after it was closed.
Answer runStatement(const StatementOptions& options, const StatementSources& sources);

// The statement in `options.file`, without a cluster. The same exit codes.
Answer runStatementFile(const StatementOptions& options, std::istream& in);

}  // namespace bursar::cli
