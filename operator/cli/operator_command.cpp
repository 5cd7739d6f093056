#include "operator/cli/operator_command.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>

#include "controllers/reconcile/treasurer.hpp"
#include "operator/base/clock.hpp"
#include "operator/cli/verb.hpp"

namespace bursar::cli {
namespace {

std::string checkDuration(const std::string& text) {
    return parseDuration(text) ? std::string{} : "\"" + text + "\" is not a duration; write it as 5m or 30s";
}

}  // namespace

void addOperatorVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        std::string statusMaxAge = "5m";
        std::string ns = OperatorOptions{}.ns;
    };
    CLI::App* verb = app.add_subcommand("operator", "run the controller");
    const auto given = std::make_shared<Given>();
    given->connection.addOptions(*verb);
    verb->add_option("--status-max-age", given->statusMaxAge,
                     "write consumption that moved less than a whole percent after this long")
        ->check(checkDuration)
        ->capture_default_str();
    verb->add_option("--namespace,-n", given->ns, "the operator's own namespace, where the ledger is kept")
        ->capture_default_str();
    verb->callback([&action, given] {
        action = [given] {
            const SignalStop stop;
            auto client = given->connection.connect();
            auto statusClient = given->connection.connect();
            if (!client || !statusClient) {
                spdlog::error("cannot reach the API server error=\"{}\"",
                              (client ? statusClient : client).error().message);
                return 1;
            }
            return runOperator(*client, *statusClient, {*parseDuration(given->statusMaxAge), given->ns}, stop.token());
        };
    });
}

int runOperator(std::shared_ptr<kube::Client> client, const std::shared_ptr<kube::Client>& statusClient,
                const OperatorOptions& options, std::stop_token stop) {
    const SystemClock clock;
    reconcile::TreasurerOptions treasurerOptions;
    treasurerOptions.statusMaxAge = options.statusMaxAge;
    treasurerOptions.ns = options.ns;
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
