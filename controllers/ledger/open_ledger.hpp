// Which store the ledger is kept in, and the one place that makes a Ledger for it.
#pragma once

#include <memory>
#include <string>

#include "controllers/ledger/ledger.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::ledger {

enum class LedgerStore { Kubernetes, PostgreSql };

struct LedgerPlace {
    LedgerStore store = LedgerStore::Kubernetes;
    std::string ns = "bursar-system";  // Kubernetes: of the ConfigMaps, the operator's own
};

// Asks nothing of the store yet: what is wrong with it is what the first call answers. `client` is used for
// LedgerStore::Kubernetes only, and may be null otherwise; `fence` is asked before PostgreSQL is written (null: none),
// a client has its own.
std::unique_ptr<Ledger> openLedger(const LedgerPlace& place, const std::shared_ptr<kube::Client>& client, Access access,
                                   std::shared_ptr<kube::Fence> fence = nullptr);
// The same with Access::Read, for callers that have no client to write with.
std::unique_ptr<Ledger> openLedgerToRead(const LedgerPlace& place, const std::shared_ptr<kube::Reader>& reader);

}  // namespace bursar::ledger
