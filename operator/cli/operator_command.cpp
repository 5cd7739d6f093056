#include "operator/cli/operator_command.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>

#include "controllers/reconcile/treasurer.hpp"
#include "operator/base/clock.hpp"
#include "operator/cli/verb.hpp"

namespace bursar::cli {
int runOperator(std::shared_ptr<kube::Client> client, const std::shared_ptr<kube::Client>& statusClient,
                const OperatorOptions& options, std::stop_token stop) {
    const SystemClock clock;
    reconcile::TreasurerOptions treasurerOptions;
    treasurerOptions.statusMaxAge = options.statusMaxAge;
    treasurerOptions.ledger = options.ledger;
    reconcile::Treasurer treasurer{std::move(client), statusClient, clock, treasurerOptions};
    treasurer.start();
    spdlog::info("operator started");
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    stopped.wait(lock, stop, [] { return false; });
    treasurer.stop();
    spdlog::info("operator stopped");
    return 0;
}

}  // namespace bursar::cli
