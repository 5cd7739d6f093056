// `bursar ledger`: whether the record of closed periods is whole, and what it says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controllers/ledger/ledger.hpp"
#include "operator/kube/client.hpp"

namespace bursar::cli {

struct LedgerOptions {
    std::string ns = "bursar-system";  // where the operator keeps it
    std::string policy;                // empty: every policy something is recorded of
    std::string team;                  // empty: all
    std::string format = "table";      // table, json or csv
};

// What is recorded of one policy.
struct LedgerReport {
    struct Pool {
        std::string name;
        Instant recordedUntil{};
        std::int64_t gaps = 0;  // windows whose consumption could not be had
    };
    struct Row {
        std::string team;
        std::string pool;
        treasury::PeriodRecord period;
    };
    std::string policy;
    std::int64_t records = 0;
    std::vector<Pool> pools;
    std::vector<Row> rows;  // closed periods by team and pool, newest first
};

LedgerReport reportOf(const ledger::Chain& chain, const api::AllocationPolicy& policy, const std::string& team);

// Table for people; CSV as `bursar plan --history` reads it (means per window). Pure.
std::string renderTable(const std::vector<LedgerReport>& reports);
std::string renderCsv(const std::vector<LedgerReport>& reports);
nlohmann::json describe(const std::vector<LedgerReport>& reports);

// Exit code 0; 1 where something cannot be read; 2 where a chain is broken: the first broken record is named.
int runLedgerVerify(const std::shared_ptr<kube::Client>& client, const LedgerOptions& options);
int runLedgerShow(const std::shared_ptr<kube::Client>& client, const LedgerOptions& options);

}  // namespace bursar::cli
