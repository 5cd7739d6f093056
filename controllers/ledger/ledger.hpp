// The interface of a ledger's store. For each policy it holds a chain of closed budget windows, a chain of metered
// days, and the closed statements.
//
// A chain is read once, grows in memory, and is committed in one step: the store holds all of the new state or none of
// it, so that after any crash the next leader can continue. Appending is idempotent (see Chain, MeteringChain), so
// after a commit with an unknown outcome the caller reads again and repeats it.
#pragma once

#include <string>
#include <vector>

#include "controllers/ledger/chain.hpp"
#include "controllers/ledger/metering_chain.hpp"

namespace bursar::ledger {

// ReadWrite may prepare the store (create tables); Read never changes it.
enum class Access { Read, ReadWrite };

struct StatementName {
    std::string policy;
    std::string period;  // `2026Q3` or `2026-09`

    auto operator<=>(const StatementName&) const = default;
};

// Not thread-safe; one owner. Several processes may hold a Ledger on the same store.
class Ledger {
  public:
    virtual ~Ledger() = default;

    // The stored chain, verified; empty if nothing was recorded yet. Errors: Internal if it is broken (the message
    // names the first broken record), otherwise the store's error.
    Result<Chain> read(const std::string& policy);
    Result<MeteringChain> readMetering(const std::string& policy);
    // Stores a chain that has grown from the one this object read or committed last. Conflict if another writer has
    // committed since, or if it was never read. After any error the chain must be read again.
    virtual Result<void> commit(const StoredChain& chain) = 0;
    // Policies with at least one chain, in order.
    virtual Result<std::vector<std::string>> policies() = 0;

    // Stores a closed statement (ASCII). AlreadyExists if there is one: a statement is never replaced.
    virtual Result<void> keepStatement(const StatementName& name, const std::string& body) = 0;
    // NotFound if there is none, or part of it is missing.
    virtual Result<std::string> statement(const StatementName& name) = 0;
    // Periods with a statement, oldest first.
    virtual Result<std::vector<std::string>> statements(const std::string& policy) = 0;

  protected:
    // Errors that every store has.
    static Error notReadYet();
    static Error alreadyClosed();

    virtual Result<StoredLines> readLines(const ChainName& name) = 0;
};

}  // namespace bursar::ledger
