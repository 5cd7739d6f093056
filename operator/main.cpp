// The one binary of Bursar: each verb is a file in cli/.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <thread>

#include "operator/base/clock.hpp"
#include "operator/base/instant.hpp"
#include "operator/cli/operator_command.hpp"
#include "operator/cli/pool_command.hpp"
#include "operator/cli/sync_limits.hpp"
#include "operator/kube/client.hpp"

namespace {

using namespace bursar;

struct Common {
    std::string kubeconfig;
    std::string context;
};

// SIGTERM and SIGINT become a stop request. They are blocked in every thread and taken by one that waits for them, so
// that nothing runs in a signal handler.
class SignalStop {
  public:
    SignalStop() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
        waiter_ = std::jthread{[this] {
            int signal = 0;
            sigwait(&signals_, &signal);
            source_.request_stop();
        }};
    }
    ~SignalStop() { pthread_kill(waiter_.native_handle(), SIGUSR1); }
    SignalStop(const SignalStop&) = delete;
    SignalStop& operator=(const SignalStop&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  private:
    sigset_t signals_{};
    std::stop_source source_;
    std::jthread waiter_;
};

Result<std::shared_ptr<kube::Client>> connect(const Common& common) {
    auto config = kube::loadConfig(common.kubeconfig, common.context);
    if (!config) return config.error();
    return kube::Client::create(std::move(*config));
}

std::string checkDuration(const std::string& text) {
    return parseDuration(text) ? std::string{} : "\"" + text + "\" is not a duration; write it as 5m or 30s";
}

void addCommon(CLI::App& verb, Common& common) {
    verb.add_option("--kubeconfig", common.kubeconfig,
                    "kubeconfig file (default: $KUBECONFIG, then the pod's service account, then ~/.kube/config)");
    verb.add_option("--context", common.context, "context of the kubeconfig (default: its current-context)");
}

}  // namespace

int main(int argc, char** argv) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("bursar"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);

    CLI::App app{"Bursar: the treasury for an organisation's LLM tokens"};
    app.require_subcommand(1);
    Common common;

    CLI::App* operatorVerb = app.add_subcommand("operator", "run the controller");
    addCommon(*operatorVerb, common);
    std::string statusMaxAge = "5m";
    operatorVerb
        ->add_option("--status-max-age", statusMaxAge,
                     "write consumption that moved less than a whole percent after this long")
        ->check(checkDuration)
        ->capture_default_str();

    CLI::App* syncVerb =
        app.add_subcommand("sync-limits", "keep ratelimit's configuration folder as the ConfigMaps say");
    addCommon(*syncVerb, common);
    cli::SyncLimitsOptions sync;
    syncVerb->add_option("--namespace,-n", sync.ns, "namespace of the ConfigMaps")->required();
    syncVerb->add_option("--selector,-l", sync.selector, "label selector, such as bursar.dev/gateway=main.envoy")
        ->required();
    syncVerb->add_option("--directory", sync.directory, "folder that ratelimit reads")->required();

    CLI::App* poolVerb = app.add_subcommand("pool", "show what the burst pools have lent and promised, as a calendar");
    addCommon(*poolVerb, common);
    cli::PoolOptions pool;
    std::string format = "table";
    poolVerb->add_option("--policy", pool.policy, "only this AllocationPolicy");
    poolVerb->add_option("-o,--output", format, "table or json")->check(CLI::IsMember({"table", "json"}));

    CLI11_PARSE(app, argc, argv);

    const SignalStop stop;
    auto client = connect(common);
    if (!client) {
        spdlog::error("cannot reach the API server error=\"{}\"", client.error().message);
        return 1;
    }
    if (poolVerb->parsed()) {
        pool.json = format == "json";
        return cli::runPool(*client, pool, SystemClock{}.now());
    }
    if (syncVerb->parsed()) return cli::runSyncLimits(*client, sync, stop.token());
    auto statusClient = connect(common);
    if (!statusClient) {
        spdlog::error("cannot reach the API server error=\"{}\"", statusClient.error().message);
        return 1;
    }
    return cli::runOperator(*client, *statusClient, {*parseDuration(statusMaxAge)}, stop.token());
}
