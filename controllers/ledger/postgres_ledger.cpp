#include "controllers/ledger/postgres_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controllers/ledger/postgres_schema.hpp"
#include "controllers/ledger/postgres_session.hpp"

namespace bursar::ledger {
namespace {

using Transaction = pqxx::transaction_base;

std::string kindOf(const ChainName& name) { return std::string{toString(name.kind)}; }

Error changedMeanwhile() { return makeError(ErrorCode::Conflict, "another writer has committed to the ledger"); }

// An array of numbers in PostgreSQL's syntax.
std::string arrayOf(const std::vector<std::int64_t>& numbers) { return fmt::format("{{{}}}", fmt::join(numbers, ",")); }

Result<void> moveChain(Transaction& transaction, const StoredChain& chain, std::int64_t version) {
    const ChainName name = chain.name();
    const Link tip = chain.tip();
    const char* statement =
        version == 0 ? "INSERT INTO bursar.chain (kind, policy, version, begin_seq, begin_hash, tip_seq, tip_hash) "
                       "VALUES ($1, $2, $3 + 1, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
                     : "UPDATE bursar.chain SET version = version + 1, begin_seq = $4, begin_hash = $5, tip_seq = $6, "
                       "tip_hash = $7 WHERE kind = $1 AND policy = $2 AND version = $3";
    const auto moved = transaction.exec_params(statement, kindOf(name), name.policy, version, chain.begin().seq,
                                               chain.begin().hash, tip.seq, tip.hash);
    if (moved.affected_rows() != 1) return changedMeanwhile();
    return {};
}

// A chain loses its first records or a run at its end, and gains new ones; a number is never used twice.
void replaceRecords(Transaction& transaction, const StoredChain& chain, const std::vector<Link>& stored) {
    const ChainName name = chain.name();
    std::vector<std::int64_t> gone;
    std::size_t next = 0;
    for (const Link& link : stored) {
        if (next < chain.size() && chain.linkAt(next) == link) {
            ++next;
        } else {
            gone.push_back(link.seq);
        }
    }
    if (!gone.empty()) {
        transaction.exec_params0(
            "DELETE FROM bursar.record WHERE kind = $1 AND policy = $2 AND seq = ANY($3::bigint[])", kindOf(name),
            name.policy, arrayOf(gone));
    }
    for (; next < chain.size(); ++next) {
        const Link link = chain.linkAt(next);
        transaction.exec_params0(
            "INSERT INTO bursar.record (kind, policy, seq, hash, line) VALUES ($1, $2, $3, $4, $5)", kindOf(name),
            name.policy, link.seq, link.hash, chain.lineAt(next));
    }
}

StoredLines linesOf(const pqxx::row& chain, const pqxx::result& rows) {
    StoredLines lines;
    lines.begin = {chain["begin_seq"].as<std::int64_t>(), chain["begin_hash"].as<std::string>()};
    lines.tip = {chain["tip_seq"].as<std::int64_t>(), chain["tip_hash"].as<std::string>()};
    lines.lines.reserve(rows.size());
    for (const auto& row : rows) lines.lines.push_back(row["line"].as<std::string>());
    return lines;
}

}  // namespace

PostgresLedger::PostgresLedger(Access access, std::shared_ptr<kube::Fence> fence)
    : session_(
          std::make_unique<PostgresSession>(access == Access::ReadWrite ? migrate : checkVersion, std::move(fence))) {}

PostgresLedger::~PostgresLedger() = default;

Result<StoredLines> PostgresLedger::readLines(const ChainName& name) {
    stored_.erase(name);
    StoredLines lines;
    Stored stored;
    auto read = session_->read([&](Transaction& transaction) -> Result<void> {
        const auto chain = transaction.exec_params("SELECT * FROM bursar.chain WHERE kind = $1 AND policy = $2",
                                                   kindOf(name), name.policy);
        // A foreign key guarantees that there are no records without their chain.
        if (chain.empty()) return {};
        const auto rows = transaction.exec_params(
            "SELECT seq, hash, line FROM bursar.record WHERE kind = $1 AND policy = $2 ORDER BY seq", kindOf(name),
            name.policy);
        lines = linesOf(chain.front(), rows);
        stored.version = chain.front()["version"].as<std::int64_t>();
        for (const auto& row : rows) {
            stored.records.push_back({row["seq"].as<std::int64_t>(), row["hash"].as<std::string>()});
        }
        return {};
    });
    if (!read) return read.error();
    stored_[name] = std::move(stored);
    return lines;
}

Result<void> PostgresLedger::commit(const StoredChain& chain) {
    const auto known = stored_.find(chain.name());
    if (known == stored_.end()) {
        return notReadYet();
    }
    Stored stored = std::move(known->second);
    stored_.erase(known);
    auto written = session_->write([&](Transaction& transaction) -> Result<void> {
        if (auto moved = moveChain(transaction, chain, stored.version); !moved) return moved;
        replaceRecords(transaction, chain, stored.records);
        return {};
    });
    if (!written) return written;
    ++stored.version;
    stored.records.clear();
    for (std::size_t i = 0; i < chain.size(); ++i) stored.records.push_back(chain.linkAt(i));
    stored_[chain.name()] = std::move(stored);
    return {};
}

Result<std::vector<std::string>> PostgresLedger::policies() {
    std::vector<std::string> names;
    auto read = session_->read([&](Transaction& transaction) -> Result<void> {
        for (const auto& row : transaction.exec("SELECT DISTINCT policy COLLATE \"C\" FROM bursar.chain ORDER BY 1")) {
            names.push_back(row[0].as<std::string>());
        }
        return {};
    });
    if (!read) return read.error();
    return names;
}

Result<void> PostgresLedger::keepStatement(const StatementName& name, const std::string& body) {
    return session_->write([&](Transaction& transaction) -> Result<void> {
        const auto kept = transaction.exec_params(
            "INSERT INTO bursar.statement (policy, period, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            name.policy, name.period, body);
        if (kept.affected_rows() == 0) return alreadyClosed();
        return {};
    });
}

Result<std::string> PostgresLedger::statement(const StatementName& name) {
    std::string body;
    auto read = session_->read([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.exec_params("SELECT body FROM bursar.statement WHERE policy = $1 AND period = $2",
                                                  name.policy, name.period);
        if (rows.empty()) {
            return makeError(ErrorCode::NotFound, fmt::format("no statement of {} is kept", name.period));
        }
        body = rows.front()[0].as<std::string>();
        return {};
    });
    if (!read) return read.error();
    return body;
}

Result<std::vector<std::string>> PostgresLedger::statements(const std::string& policy) {
    std::vector<std::string> periods;
    auto read = session_->read([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.exec_params(
            "SELECT period FROM bursar.statement WHERE policy = $1 ORDER BY period COLLATE \"C\"", policy);
        for (const auto& row : rows) periods.push_back(row[0].as<std::string>());
        return {};
    });
    if (!read) return read.error();
    return periods;
}

}  // namespace bursar::ledger
