// Where the record of closed periods is kept: a chain for each policy, behind one interface.
//
// A chain is read once, grows in memory, and is committed as one step: either all of the new state is stored or none of
// it, so that a crash anywhere leaves a chain from which the next leader goes on. What is appended is idempotent (see
// Chain), so a commit whose outcome is not known is repeated after reading again.
#pragma once

#include <string>
#include <vector>

#include "controllers/ledger/chain.hpp"

namespace bursar::ledger {

// Not thread-safe; one owner. Several processes may hold a Ledger on the same store.
class Ledger {
  public:
    virtual ~Ledger() = default;

    // The stored chain, verified; empty where nothing was recorded yet. Internal where it is broken (the message names
    // the first broken record), else what the store answered.
    virtual Result<Chain> read(const std::string& policy) = 0;
    // Stores a chain that has grown from the one this object read or committed last. Conflict where somebody else has
    // committed since; after any error the chain must be read again.
    virtual Result<void> commit(const Chain& chain) = 0;
    // Policies something is recorded of, in order.
    virtual Result<std::vector<std::string>> policies() = 0;
};

}  // namespace bursar::ledger
