// A session with PostgreSQL: connected when it is needed, given up when it fails, and bounded in time.
//
// Where the server is and who we are comes from libpq's own environment (PGHOST, PGSERVICE, PGPASSFILE, PGSSLROOTCERT
// …), so that no secret is an argument of ours. Exceptions of libpqxx end here. Errors: Unavailable where there is no
// connection, it was lost, or the server is out of resources or shutting down (the next call connects anew; a commit
// that was cut off may have happened); Timeout; Conflict where somebody else wrote; Forbidden where the role may not;
// InvalidArgument for what repeating will not help; Cancelled where the fence is closed when a write is about to be
// committed: nothing of it is stored then.
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
    // The database's transaction is committed where `work` succeeds, and rolled back where it does not.
    using Work = std::function<Result<void>(pqxx::transaction_base&)>;

    // `prepare` runs in a transaction of its own each time a connection was made, before anything else. What it writes
    // goes through the fence, too; null: none.
    explicit PostgresSession(Work prepare, std::shared_ptr<kube::Fence> fence = nullptr)
        : prepare_(std::move(prepare)), fence_(std::move(fence)) {}

    // One state of the database, read only.
    Result<void> read(const Work& work);
    // Sees what others have committed when each statement begins.
    Result<void> write(const Work& work);

  private:
    struct Live {
        explicit Live(const std::string& options) : connection(options), quiet(connection) {}

        pqxx::connection connection;
        pqxx::quiet_errorhandler quiet;  // what went wrong is in the error, not on standard error
    };

    template <typename Transaction>
    Result<void> run(const Work& work);
    Result<void> connect();
    Result<void> commit(pqxx::work& transaction);

    const Work prepare_;
    const std::shared_ptr<kube::Fence> fence_;
    std::unique_ptr<Live> live_;  // absent: not connected
};

// What an error of the server means to a caller, by its SQLSTATE. `message` is the server's.
Error errorOf(const std::string& sqlstate, const std::string& message);

}  // namespace bursar::ledger
