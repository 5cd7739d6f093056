// Where the ledger is kept, behind one interface: of each policy a chain of closed budget windows, one of metered days,
// and the statements that were closed.
//
// A chain is read once, grows in memory, and is committed as one step: either all of the new state is stored or none of
// it, so that a crash anywhere leaves a chain from which the next leader goes on. What is appended is idempotent (see
// Chain, MeteringChain), so a commit whose outcome is not known is repeated after reading again.
#pragma once

#include <string>
#include <vector>

#include "controllers/ledger/chain.hpp"
#include "controllers/ledger/metering_chain.hpp"

namespace bursar::ledger {

// What a ledger is opened for. For writing a store may have to be prepared (tables); reading leaves it as it is.
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

    // The stored chain, verified; empty where nothing was recorded yet. Internal where it is broken (the message names
    // the first broken record), else what the store answered.
    Result<Chain> read(const std::string& policy);
    Result<MeteringChain> readMetering(const std::string& policy);
    // Stores a chain that has grown from the one this object read or committed last. Conflict where somebody else has
    // committed since; after any error the chain must be read again.
    virtual Result<void> commit(const StoredChain& chain) = 0;
    // Policies something is recorded of, in order.
    virtual Result<std::vector<std::string>> policies() = 0;

    // Keeps a closed statement (ASCII) for good. AlreadyExists where one is kept: it is never replaced.
    virtual Result<void> keepStatement(const StatementName& name, const std::string& body) = 0;
    // NotFound where none is kept, or one is not there to its end.
    virtual Result<std::string> statement(const StatementName& name) = 0;
    // Periods of which a statement is kept, oldest first.
    virtual Result<std::vector<std::string>> statements(const std::string& policy) = 0;

  protected:
    virtual Result<StoredLines> readLines(const ChainName& name) = 0;
};

}  // namespace bursar::ledger
