// Finds what `bursar statement` is about: in the ledger, made from the metering chain, or in a file.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/ledger/ledger.hpp"
#include "controllers/treasury/statement.hpp"
#include "operator/cli/cost/open_days.hpp"

namespace bursar::cli {

struct StatementQuery {
    std::string policy;    // empty: the only one that the ledger has records of
    std::string period;    // `2026-11` or `2026Q4`; empty: the last closed one, else the open one
    bool earlier = false;  // also the closed statements before it, for a trend
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

struct FoundStatement {
    treasury::Statement statement;
    std::string body;  // as it is kept or was given; of a draft, as it would be
    // With StatementQuery::earlier: closed ones before it, oldest first, at most five, in its currency.
    std::vector<treasury::Statement> earlier;
    std::vector<std::string> notes;  // for standard error
};

// Internal and InvalidArgument are what cannot be used; every other error is something that is not there.
Result<FoundStatement> findStatement(const StatementQuery& query, const StatementSources& sources);
Result<FoundStatement> readStatementFile(const std::string& file, std::istream& in);

// The sources a cluster is: its policies, and where a draft may ask it, the usage source. `client` outlives the answer.
StatementSources clusterSources(ledger::Ledger& ledger, kube::Client& client, Instant now, bool askUsageSource);

// A table of the policy's closed statements. `policy`: as in StatementQuery.
Result<std::string> listStatements(const std::string& policy, const StatementSources& sources);

}  // namespace bursar::cli
