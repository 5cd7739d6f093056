// A session with PostgreSQL: connects on demand, reconnects after a failure, and bounds every wait.
//
// Server and credentials come from libpq's environment (PGHOST, PGSERVICE, PGPASSFILE, PGSSLROOTCERT …), so that no
// secret is an argument of ours. Exceptions of libpqxx end here. Errors:
// - Unavailable: no connection, a lost one, or a server that is out of resources or shutting down. The next call
//   reconnects; an interrupted commit may have happened.
// - Timeout; Conflict: another writer was first; Forbidden: the role lacks a right.
// - InvalidArgument: repeating will not help.
// - Cancelled: the fence was closed just before the commit; nothing is stored.
#pragma once

#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "operator/runtime/base/result.hpp"
#include "operator/runtime/kube/fence.hpp"

namespace bursar::ledger {

class PostgresSession {
  public:
    // If `work` succeeds, its transaction is committed; otherwise it is rolled back.
    using Work = std::function<Result<void>(pqxx::transaction_base&)>;

    // `prepare` runs first on every new connection, in its own transaction. `fence` guards every commit, also that of
    // `prepare`; null: none.
    explicit PostgresSession(Work prepare, std::shared_ptr<kube::Fence> fence = nullptr)
        : prepare_(std::move(prepare)), fence_(std::move(fence)) {}

    // Read only, on one consistent state of the database.
    Result<void> read(const Work& work);
    // Each SQL statement sees the commits before it.
    Result<void> write(const Work& work);

  private:
    struct Live {
        explicit Live(const std::string& options) : connection(options), quiet(connection) {}

        pqxx::connection connection;
        pqxx::quiet_errorhandler quiet;  // the problem is in our Error, not on standard error
    };

    template <typename Transaction>
    Result<void> run(const Work& work);
    Result<void> connect();
    Result<void> commit(pqxx::work& transaction);

    const Work prepare_;
    const std::shared_ptr<kube::Fence> fence_;
    std::unique_ptr<Live> live_;  // absent: not connected
};

// Maps an error of the server to ours by its SQLSTATE. `message` is the server's.
Error errorOf(const std::string& sqlstate, const std::string& message);

}  // namespace bursar::ledger
