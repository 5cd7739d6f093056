// The store of the ledger, and the one place that makes a Ledger for it.
#pragma once

#include <memory>
#include <string>

#include "controllers/ledger/ledger.hpp"
#include "operator/runtime/kube/client.hpp"

namespace bursar::ledger {

enum class LedgerStore { Kubernetes, PostgreSql };

struct LedgerPlace {
    LedgerStore store = LedgerStore::Kubernetes;
    std::string ns = "bursar-system";  // Kubernetes: the operator's namespace, which has the ConfigMaps
};

// Does not connect: the first call reports what is wrong. `client` is for LedgerStore::Kubernetes and may be null
// otherwise. `fence` guards writes to PostgreSQL (null: none); a client has its own.
std::unique_ptr<Ledger> openLedger(const LedgerPlace& place, const std::shared_ptr<kube::Client>& client, Access access,
                                   std::shared_ptr<kube::Fence> fence = nullptr);
// The same with Access::Read, for callers that have no client to write with.
std::unique_ptr<Ledger> openLedgerToRead(const LedgerPlace& place, const std::shared_ptr<kube::Reader>& reader);

}  // namespace bursar::ledger
