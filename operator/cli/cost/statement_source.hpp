// Finds a statement: in the ledger, in a file, or as a draft made from the metering chain.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "controllers/api/allocation_policy.hpp"
#include "controllers/ledger/ledger.hpp"
#include "controllers/treasury/chargeback/statement.hpp"
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
    // For a draft: the policy as it is now, nothing if it cannot be read; and the metered days from `from` on that are
    // not recorded yet. Without readOpenDays a draft ends with the last recorded day.
    std::function<std::optional<api::AllocationPolicy>(const std::string& name)> findPolicy;
    std::function<Result<OpenDays>(const api::AllocationPolicy& policy, Instant from)> readOpenDays;
    Instant now;
};

struct FoundStatement {
    treasury::Statement statement;
    std::string body;  // as stored or given; of a draft, as it would be stored
    // With StatementQuery::earlier: closed ones before it, oldest first, at most five, in its currency.
    std::vector<treasury::Statement> earlier;
    std::vector<std::string> notes;  // for standard error
};

// Internal: a stored statement or a file cannot be used. InvalidArgument: the period is wrong. Other errors: there is
// no such statement, or the ledger cannot be read.
Result<FoundStatement> findStatement(const StatementQuery& query, const StatementSources& sources);
Result<FoundStatement> readStatementFile(const std::string& file, std::istream& in);

// Sources of a cluster: its policies and, with `askUsageSource`, its usage source. `client` must outlive the answer.
StatementSources clusterSources(ledger::Ledger& ledger, kube::Reader& client, Instant now, bool askUsageSource);

// A table of the policy's closed statements. `policy`: as in StatementQuery.
Result<std::string> listStatements(const std::string& policy, const StatementSources& sources);

}  // namespace bursar::cli
