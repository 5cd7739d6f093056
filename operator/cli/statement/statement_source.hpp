// Finds what `bursar statement` is about: in the ledger, made from the metering chain, or in a file.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "controllers/ledger/metering_chain.hpp"
#include "controllers/treasury/statement.hpp"
#include "operator/cli/statement/statement_command.hpp"

namespace bursar::cli {

struct FoundStatement {
    treasury::Statement statement;
    std::string body;  // as it is kept or was given; of a draft, as it would be
    // For StatementFormat::Html: closed ones before it, oldest first, at most five, in its currency.
    std::vector<treasury::Statement> earlier;
    std::vector<std::string> notes;  // for standard error
};

// Internal and InvalidArgument are what cannot be used; every other error is something that is not there.
Result<FoundStatement> findStatement(const StatementOptions& options, const StatementSources& sources);
Result<FoundStatement> readStatementFile(const std::string& file, std::istream& in);

// The sources a cluster is: its policies, and where a draft may ask it, the usage source. `client` outlives the answer.
StatementSources clusterSources(ledger::Ledger& ledger, kube::Reader& client, Instant now, bool askUsageSource);

// `options.list`: a table of the policy's statements, the open period at its end.
Result<std::string> listStatements(const StatementOptions& options, const StatementSources& sources);

}  // namespace bursar::cli
