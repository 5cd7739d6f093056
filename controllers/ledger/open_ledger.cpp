#include "controllers/ledger/open_ledger.hpp"

#include "controllers/ledger/kubernetes_ledger.hpp"
#include "controllers/ledger/postgres_ledger.hpp"

namespace bursar::ledger {

std::unique_ptr<Ledger> openLedger(const LedgerPlace& place, const std::shared_ptr<kube::Client>& client, Access access,
                                   std::shared_ptr<kube::Fence> fence) {
    if (place.store == LedgerStore::PostgreSql) return std::make_unique<PostgresLedger>(access, std::move(fence));
    if (access == Access::Read) return openLedgerToRead(place, client);
    return std::make_unique<KubernetesLedger>(client, place.ns);
}

std::unique_ptr<Ledger> openLedgerToRead(const LedgerPlace& place, const std::shared_ptr<kube::Reader>& reader) {
    if (place.store == LedgerStore::PostgreSql) return std::make_unique<PostgresLedger>(Access::Read, nullptr);
    return KubernetesLedger::toRead(reader, place.ns);
}

}  // namespace bursar::ledger
