// The verbs that run until they are stopped: operator and sync-limits.
#include <map>

#include "operator/cli/run/operator_command.hpp"
#include "operator/cli/run/sync_limits.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/cli/verb/grammar.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::cli {
namespace {

struct ElectionFlags {
    bool wanted = true;
    std::string lease = "bursar";
    std::string leaseDuration = "15s";
    std::string renewDeadline = "10s";
    std::string retryPeriod = "2s";
};

void addElection(CLI::App& verb, ElectionFlags& flags) {
    const auto duration = [&verb](const char* name, std::string& value, const char* description) {
        verb.add_option(name, value, description)->check(checkDuration)->capture_default_str();
    };
    verb.add_flag("--leader-elect", flags.wanted,
                  "of several replicas one decides; --leader-elect=false where there is no other");
    verb.add_option("--leader-elect-lease", flags.lease, "name of the Lease, in the operator's own namespace")
        ->capture_default_str();
    duration("--leader-elect-lease-duration", flags.leaseDuration,
             "another takes over when it saw no renewal for so long");
    duration("--leader-elect-renew-deadline", flags.renewDeadline, "a leader that could not renew for so long stops");
    duration("--leader-elect-retry-period", flags.retryPeriod, "time between two renewals");
}

std::optional<kube::ElectionOptions> electionOf(const ElectionFlags& flags, const std::string& ns) {
    if (!flags.wanted) return std::nullopt;
    return kube::ElectionOptions{ns,
                                 flags.lease,
                                 electionIdentity(),
                                 *parseDuration(flags.leaseDuration),
                                 *parseDuration(flags.renewDeadline),
                                 *parseDuration(flags.retryPeriod)};
}

// Of the verbs that run until they are stopped.
void addLogging(CLI::App& verb) {
    static const std::map<std::string, log::Format> kFormats = {{"text", log::Format::Text},
                                                                {"json", log::Format::Json}};
    static const std::map<std::string, log::Level> kLevels = {{"debug", log::Level::Debug},
                                                              {"info", log::Level::Info},
                                                              {"warn", log::Level::Warn},
                                                              {"error", log::Level::Error}};
    const auto choose = [&verb](const char* name, const char* description, const auto& choices, auto apply) {
        verb.add_option_function<std::string>(
                name, [&choices, apply](const std::string& chosen) { apply(choices.at(chosen)); }, description)
            ->check(CLI::IsMember(choices));
    };
    choose("--log-format", "text (default), or json: one object a line", kFormats, log::setFormat);
    choose("--log-level", "debug, info (default), warn or error; SIGUSR1 and SIGUSR2 move it while it runs", kLevels,
           log::setLevel);
}

}  // namespace

void addOperatorVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        std::string statusMaxAge = "5m";
        ElectionFlags election;
        OperatorOptions options;
    };
    CLI::App* verb = app.add_subcommand("operator", "run the controller");
    const auto given = std::make_shared<Given>();
    addConnection(*verb, given->connection);
    verb->add_option("--status-max-age", given->statusMaxAge,
                     "write consumption that moved less than a whole percent after this long")
        ->check(checkDuration)
        ->capture_default_str();
    verb->add_option("--namespace,-n", given->options.ledger.ns, "the operator's own namespace")->capture_default_str();
    addLedgerStore(*verb, given->options.ledger);
    addElection(*verb, given->election);
    verb->add_option(
        "--health-address", given->options.healthAddress,
        "serve /healthz and /readyz here for a Deployment's probes, such as 0.0.0.0:8081 (default: nowhere)");
    addLogging(*verb);
    verb->add_option("--metrics-address", given->options.metricsAddress,
                     "serve /metrics here for Prometheus, such as 0.0.0.0:8080 (default: nowhere)");
    verb->add_option(
            "--metrics-max-teams", given->options.maxTeamsInMetrics,
            "at most so many teams have series of their own; bursar_metrics_teams_omitted says how many have none")
        ->capture_default_str();
    verb->callback([&action, given] {
        action = [given] {
            const SignalStop stop;
            given->options.statusMaxAge = *parseDuration(given->statusMaxAge);
            given->options.election = electionOf(given->election, given->options.ledger.ns);
            return runOperator(given->connection, given->options, stop.token());
        };
    });
}

void addSyncLimitsVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        SyncLimitsOptions options;
    };
    CLI::App* verb = app.add_subcommand("sync-limits", "keep ratelimit's configuration folder as the ConfigMaps say");
    const auto given = std::make_shared<Given>();
    addConnection(*verb, given->connection);
    verb->add_option("--namespace,-n", given->options.ns, "namespace of the ConfigMaps")->required();
    verb->add_option("--selector,-l", given->options.selector, "label selector, such as bursar.dev/gateway=main.envoy")
        ->required();
    verb->add_option("--directory", given->options.directory, "folder that ratelimit reads")->required();
    addLogging(*verb);
    verb->callback([&action, given] {
        action = [given] {
            const SignalStop stop;
            kube::ClientOptions reading;
            reading.stop = stop.token();
            auto client = given->connection.connectToRead(std::move(reading));
            if (!client) {
                log::error("cannot reach the API server", {{"error", client.error().message}});
                return kCannotBeDone;
            }
            return runSyncLimits(*client, given->options, stop.token());
        };
    });
}

}  // namespace bursar::cli
