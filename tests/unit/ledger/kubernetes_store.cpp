// The cases every store must pass, on the ledger in Kubernetes: at sizes at which a few records already need parts.
#include "controllers/ledger/kubernetes_ledger.hpp"
#include "tests/support/fake_client.hpp"
#include "tests/support/ledger_cases.hpp"

namespace bursar::testing {
namespace {

std::shared_ptr<FakeClient> store;

}  // namespace

void emptyStore() { store = std::make_shared<FakeClient>(); }

std::unique_ptr<ledger::Ledger> openStore() {
    return std::make_unique<ledger::KubernetesLedger>(store, "bursar-system", 2000, 3000);
}

}  // namespace bursar::testing
