// The ledger in PostgreSQL (docs/adr/0016-postgresql.md): a row for each record, and finance's views over them.
//
// Flow of a commit: one transaction that moves the chain's row from the version that was read to the next, deletes the
// records that are gone and inserts those that are new. Guarantees: of two writers one gets Conflict; a crash anywhere
// leaves all of a commit or none of it; statements are inserted and never changed. PostgresSession describes the
// connection and the errors.
#pragma once

#include <map>
#include <memory>

#include "controllers/ledger/ledger.hpp"
#include "operator/runtime/kube/fence.hpp"

namespace bursar::ledger {

class PostgresSession;

class PostgresLedger final : public Ledger {
  public:
    // Connects at the first use; with Access::ReadWrite it then creates and migrates the schema. `fence` guards every
    // commit; null: none.
    explicit PostgresLedger(Access access, std::shared_ptr<kube::Fence> fence = nullptr);
    ~PostgresLedger() override;

    Result<void> commit(const StoredChain& chain) override;
    Result<std::vector<std::string>> policies() override;

    Result<void> keepStatement(const StatementName& name, const std::string& body) override;
    Result<std::string> statement(const StatementName& name) override;
    Result<std::vector<std::string>> statements(const std::string& policy) override;

  protected:
    Result<StoredLines> readLines(const ChainName& name) override;

  private:
    // The stored state of a chain, as of the last read or commit.
    struct Stored {
        std::int64_t version = 0;  // 0: there is no chain yet
        std::vector<Link> records;
    };

    const std::unique_ptr<PostgresSession> session_;
    std::map<ChainName, Stored> stored_;  // of chains without an error since they were read
};

}  // namespace bursar::ledger
