// `bursar ledger`: checks, shows and copies the record of closed periods, metered days and statements.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct LedgerOptions {
    std::string policy;            // empty: every policy in the ledger
    std::string team;              // empty: all
    std::string format = "table";  // table, json or csv
};

// The policy as it is in the cluster now; nothing if it was deleted or the cluster does not answer.
using FindPolicy = std::function<std::optional<api::AllocationPolicy>(const std::string& name)>;

// The records of one policy.
struct LedgerReport {
    struct Pool {
        std::string name;
        Instant recordedUntil{};
        std::int64_t gaps = 0;  // windows without a known consumption
    };
    struct Row {
        std::string team;
        std::string pool;
        treasury::PeriodRecord period;
    };
    std::string policy;
    std::int64_t records = 0;
    std::vector<Pool> pools;
    std::vector<Row> rows;                // closed periods by team and pool, newest first
    std::optional<Instant> meteredUntil;  // nothing if metering has not begun
    std::vector<std::string> statements;  // periods with a closed statement
};

LedgerReport reportOf(const ledger::Chain& chain, const ledger::MeteringChain& metering,
                      const api::AllocationPolicy& policy, const std::string& team);

// A table for people; CSV for `bursar plan --history` (means per window). Pure.
std::string renderTable(const std::vector<LedgerReport>& reports);
std::string renderCsv(const std::vector<LedgerReport>& reports);
nlohmann::json describe(const std::vector<LedgerReport>& reports);

// Exit code 0; 1 if something cannot be read; 2 if a record or a statement is broken: the first broken record of each
// chain is named.
Answer runLedgerVerify(ledger::Ledger& ledger, const LedgerOptions& options);
// Copies every policy, or one, to a ledger that is empty or has an earlier copy. Exit codes as above.
Answer runLedgerCopy(ledger::Ledger& from, ledger::Ledger& to, const LedgerOptions& options);
Answer runLedgerShow(ledger::Ledger& ledger, const FindPolicy& findPolicy, const LedgerOptions& options);

}  // namespace bursar::cli
