// `bursar operator`: runs the controller until it is told to stop.
#pragma once

#include <memory>
#include <stop_token>

#include "controllers/ledger/open_ledger.hpp"
#include "operator/base/instant.hpp"
#include "operator/kube/client.hpp"

namespace bursar::cli {

struct OperatorOptions {
    Duration statusMaxAge = std::chrono::minutes{5};
    ledger::LedgerPlace ledger;
};

// Returns the process's exit code. Ends within 5 s of a stop request; what is in force at the gateways stays.
int runOperator(std::shared_ptr<kube::Client> client, const std::shared_ptr<kube::Client>& statusClient,
                const OperatorOptions& options, std::stop_token stop);

}  // namespace bursar::cli
