#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <map>

#include "controllers/ledger/open_ledger.hpp"
#include "controllers/reconcile/live_world.hpp"
#include "operator/base/clock.hpp"
#include "operator/cli/explain_command.hpp"
#include "operator/cli/grammar.hpp"
#include "operator/cli/ledger_command.hpp"
#include "operator/cli/operator_command.hpp"
#include "operator/cli/plan_command.hpp"
#include "operator/cli/pool_command.hpp"
#include "operator/cli/prices_command.hpp"
#include "operator/cli/report_command.hpp"
#include "operator/cli/simulate_command.hpp"
#include "operator/cli/statement_command.hpp"
#include "operator/cli/statement_source.hpp"
#include "operator/cli/sync_limits.hpp"
#include "operator/cli/validate_command.hpp"
#include "operator/telemetry/log.hpp"

namespace bursar::cli {
namespace {

const std::map<std::string, ledger::LedgerStore>& ledgerStores() {
    static const std::map<std::string, ledger::LedgerStore> stores = {
        {"kubernetes", ledger::LedgerStore::Kubernetes}, {"postgresql", ledger::LedgerStore::PostgreSql}};
    return stores;
}

void addLedgerStore(CLI::App& verb, ledger::LedgerPlace& place) {
    verb.add_option("--ledger", place.store,
                    "where the record is kept: kubernetes (default) or postgresql, which PGHOST, PGSERVICE, PGPASSFILE and "
                    "libpq's other variables name")
        ->transform(CLI::CheckedTransformer(ledgerStores()))
        ->option_text("STORE");
}

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
    duration("--leader-elect-lease-duration", flags.leaseDuration, "another takes over when it saw no renewal for so long");
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
    static const std::map<std::string, log::Format> kFormats = {{"text", log::Format::Text}, {"json", log::Format::Json}};
    static const std::map<std::string, log::Level> kLevels = {{"debug", log::Level::Debug},
                                                              {"info", log::Level::Info},
                                                              {"warn", log::Level::Warn},
                                                              {"error", log::Level::Error}};
    const auto choose = [&verb](const char* name, const char* description, const auto& choices, auto apply) {
        verb.add_option_function<std::string>(name, [&choices, apply](const std::string& chosen) { apply(choices.at(chosen)); },
                                              description)
            ->check(CLI::IsMember(choices));
    };
    choose("--log-format", "text (default), or json: one object a line", kFormats, log::setFormat);
    choose("--log-level", "debug, info (default), warn or error; SIGUSR1 and SIGUSR2 move it while it runs", kLevels,
           log::setLevel);
}

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
    verb->add_option("--health-address", given->options.healthAddress,
                     "serve /healthz and /readyz here for a Deployment's probes, such as 0.0.0.0:8081 (default: nowhere)");
    addLogging(*verb);
    verb->add_option("--metrics-address", given->options.metricsAddress,
                     "serve /metrics here for Prometheus, such as 0.0.0.0:8080 (default: nowhere)");
    verb->add_option("--metrics-max-teams", given->options.maxTeamsInMetrics,
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
            auto client = given->connection.connect();
            if (!client) {
                log::error("cannot reach the API server", {{"error", client.error().message}});
                return 1;
            }
            return runSyncLimits(*client, given->options, stop.token());
        };
    });
}

void addPoolVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        PoolOptions options;
        std::string form;
    };
    CLI::App* verb = app.add_subcommand("pool", "show what the burst pools have lent and promised, as a calendar");
    const auto given = std::make_shared<Given>();
    addConnection(*verb, given->connection);
    verb->add_option("--policy", given->options.policy, "only this AllocationPolicy")->type_name("POLICY");
    addOutput(*verb, given->form, {"table", "json"});
    verb->callback([&action, given] {
        action = [given] {
            given->options.json = askedFor(given->form) == "json";
            auto client = given->connection.connect();
            if (!client) return cannotConnect("pool", client.error());
            return printAs(given->form, runPool(*client, given->options, SystemClock{}.now()));
        };
    });
}

void addInputOptions(CLI::App& verb, PlanOptions& options, Connection& connection) {
    verb.add_option("-f,--filename", options.files, "manifests: files, folders, or - for standard input")
        ->allow_extra_args(false)
        ->type_name("FILE");
    verb.add_flag("-R,--recursive", options.recursive, "folders with their subfolders");
    verb.add_option("--history", options.history,
                    "CSV file of closed periods: team,pool,period,forecast,actual,throttledPercent")
        ->type_name("FILE");
    verb.add_option("--ledger-namespace", options.ledger.ns,
                    "of the cluster's record of closed periods: the operator's namespace")
        ->capture_default_str();
    addLedgerStore(verb, options.ledger);
    verb.add_option("--at", options.at, "the time to decide at (default: now)");
    addConnection(verb, connection);
}

Surroundings surroundingsOf(const Connection& connection) {
    return {std::cin, SystemClock{}.now(), [&] { return connection.connect(); },
            [&] { return connection.contextNamespace(); }};
}

void addPlanVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        PlanOptions options;
        std::string form;
    };
    static const std::map<std::string, PlanFormat> kFormats = {
        {"table", PlanFormat::Table}, {"json", PlanFormat::Json}, {"markdown", PlanFormat::Markdown}};
    CLI::App* verb = app.add_subcommand("plan", "show what manifests would change: grants, loans, and why");
    const auto given = std::make_shared<Given>();
    addInputOptions(*verb, given->options, given->connection);
    verb->get_option("--filename")->required()->allow_extra_args(true);
    verb->add_option("-n,--namespace", given->options.ns,
                     "of objects that name none; no other may be named (default: with --live the context's, else "
                     "`default`, and any may be named)")
        ->type_name("NAMESPACE");
    auto* base = verb->add_option("--base", given->options.base, "manifests to compare with: files or folders")->type_name("FILE");
    verb->add_flag("--live", given->options.live, "compare with the cluster, and apply the manifests to what it holds")
        ->excludes(base);
    addOutput(*verb, given->form, {"table", "json", "markdown"});
    verb->callback([&action, given] {
        action = [given] {
            return printAs(given->form, runPlan(given->options, kFormats.at(askedFor(given->form)),
                                                surroundingsOf(given->connection)));
        };
    });
}

void addExplainVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        ExplainOptions options;
        std::string form;
    };
    CLI::App* verb = app.add_subcommand("explain", "show how a team's budget came about, term by term");
    const auto given = std::make_shared<Given>();
    verb->add_option("name", given->options.name, "[team|tq] NAME")->required()->expected(1, 2)->type_name("TEAM");
    addInputOptions(*verb, given->options.inputs, given->connection);
    verb->add_option("-n,--namespace", given->options.ns, "only TeamQuotas of this namespace")->type_name("NAMESPACE");
    verb->add_option("--pool", given->options.pool, "only this pool");
    addOutput(*verb, given->form, {"text", "json"});
    verb->callback([&action, given] {
        action = [given] {
            given->options.json = askedFor(given->form) == "json";
            given->options.inputs.live = given->options.inputs.files.empty();
            return printAs(given->form, runExplain(given->options, surroundingsOf(given->connection)));
        };
    });
}

void addReportVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        ReportOptions options;
        bool noUsageSource = false;
        std::string form;
    };
    static const std::map<std::string, ReportFormat> kFormats = {
        {"html", ReportFormat::Html}, {"markdown", ReportFormat::Markdown}, {"json", ReportFormat::Json}};
    CLI::App* verb = app.add_subcommand("report", "show who asked, who got and why, on a page for the quarterly meeting");
    const auto given = std::make_shared<Given>();
    ReportOptions& options = given->options;
    addInputOptions(*verb, options.inputs, given->connection);
    auto* files = verb->get_option("--filename");
    verb->add_option("--base", options.inputs.base, "manifests to compare grants with: files or folders")
        ->allow_extra_args(false)
        ->needs(files);
    verb->add_option("--policy", options.policy, "of this AllocationPolicy (default: the only one)");
    verb->add_option("--period", options.period,
                     "whose cost is shown, 2026-11 or 2026Q4 (default: the last that is closed, else the draft of the "
                     "open one)");
    verb->add_option("--statement", options.statements,
                     "a statement's JSON, for the cost where there is no cluster; may be given several times")
        ->allow_extra_args(false)
        ->needs(files);
    verb->add_flag("--no-usage-source", given->noUsageSource,
                   "a draft ends with what is recorded: nothing is asked of the usage source");
    addOutput(*verb, given->form, {"html", "markdown", "json"});
    verb->callback([&action, given] {
        action = [given] {
            given->options.inputs.live = given->options.inputs.files.empty();
            given->options.askUsageSource = !given->noUsageSource;
            given->options.format = kFormats.at(askedFor(given->form));
            return printAs(given->form, runReport(given->options, surroundingsOf(given->connection)));
        };
    });
}

void addValidateVerb(CLI::App& app, Action& action) {
    struct Given {
        ValidateOptions options;
        std::string form;
    };
    CLI::App* verb =
        app.add_subcommand("validate", "check manifests as the API server and the operator would, offline");
    const auto given = std::make_shared<Given>();
    verb->add_option("-f,--filename", given->options.files, "files, directories, or - for standard input")
        ->required()
        ->expected(1, -1)
        ->type_name("FILE");
    verb->add_flag("-R,--recursive", given->options.recursive, "look into subdirectories, too");
    addOutput(*verb, given->form, {"table", "json"});
    verb->add_option("-n,--namespace", given->options.ns, "namespace of manifests that name none (default: default)")
        ->type_name("NAMESPACE");
    verb->callback([&action, given] {
        action = [given] {
            given->options.json = askedFor(given->form) == "json";
            return printAs(given->form, runValidate(given->options, std::cin));
        };
    });
}

void addSimulateVerb(CLI::App& app, Action& action) {
    static const std::map<std::string, SimulateFormat> kFormats = {
        {"table", SimulateFormat::Table}, {"json", SimulateFormat::Json}, {"csv", SimulateFormat::Csv}};
    CLI::App* verb = app.add_subcommand("simulate", "show what a policy does over simulated quarters");
    struct Given {
        SimulateOptions options;
        std::string form;
    };
    const auto given = std::make_shared<Given>();
    verb->add_option("-f,--filename", given->options.file, "the scenario; - reads standard input")
        ->required()
        ->type_name("FILE");
    addOutput(*verb, given->form, {"table", "json", "csv"});
    verb->add_option("--seed", given->options.seed, "of the noise in the teams' needs (default 1)");
    verb->callback([&action, given] {
        action = [given] {
            given->options.format = kFormats.at(askedFor(given->form));
            return printAs(given->form, runSimulate(given->options, std::cin));
        };
    });
}

struct StatementVerb {
    Connection connection;
    StatementOptions options;
    ledger::LedgerPlace ledger;
    bool noUsageSource = false;
    std::string form;
};

int runStatementVerb(const StatementVerb& given) {
    const StatementOptions& options = given.options;
    if (!options.file.empty()) return printAs(given.form, runStatementFile(options, std::cin));
    const auto client = given.connection.connect();
    if (!client) return cannotConnect("statement", client.error());
    const auto ledger = openLedger(given.ledger, *client, ledger::Access::Read);
    return printAs(given.form, runStatement(options, clusterSources(*ledger, **client, SystemClock{}.now(),
                                                                    !given.noUsageSource)));
}

void addStatementVerb(CLI::App& app, Action& action) {
    static const std::map<std::string, StatementFormat> kFormats = {
        {"table", StatementFormat::Table}, {"markdown", StatementFormat::Markdown}, {"csv", StatementFormat::Csv},
        {"focus", StatementFormat::Focus}, {"html", StatementFormat::Html},         {"json", StatementFormat::Json}};
    CLI::App* verb = app.add_subcommand("statement", "show what a period cost, by cost centre, line by line");
    const auto given = std::make_shared<StatementVerb>();
    StatementOptions& options = given->options;
    addConnection(*verb, given->connection);
    verb->add_option("--ledger-namespace", given->ledger.ns, "the operator's namespace")->capture_default_str();
    addLedgerStore(*verb, given->ledger);
    auto* policy = verb->add_option("--policy", options.policy, "of this AllocationPolicy (default: the only one)")
                       ->type_name("POLICY");
    auto* period = verb->add_option("--period", options.period,
                                    "2026-11 or 2026Q4 (default: the last that is closed, else the draft of the open one)");
    auto* costCenter =
        verb->add_option("--cost-center", options.costCenter, "only its part; \"\" for what no cost centre pays");
    addOutput(*verb, given->form, {"table", "markdown", "csv", "focus", "html", "json"});
    auto* list = verb->add_flag("--list", options.list, "show what statements there are")
                     ->excludes(period)
                     ->excludes(costCenter)
                     ->excludes(verb->get_option("--output"));
    verb->add_flag("--no-usage-source", given->noUsageSource,
                   "a draft ends with what is recorded: nothing is asked of the usage source");
    verb->add_option("-f,--filename", options.file, "a statement's JSON, instead of a cluster; - reads standard input")
        ->excludes(list)
        ->excludes(policy)
        ->excludes(period);
    verb->callback([&action, given] {
        given->options.format = kFormats.at(askedFor(given->form));
        action = [given] { return runStatementVerb(*given); };
    });
}

struct LedgerVerb {
    Connection connection;
    ledger::LedgerPlace place;
    LedgerOptions options;
};

CLI::App* addLedgerCommand(CLI::App& verb, const char* name, const char* help, LedgerVerb& given) {
    CLI::App* command = verb.add_subcommand(name, help);
    addConnection(*command, given.connection);
    addLedgerStore(*command, given.place);
    command->add_option("--namespace,-n", given.place.ns, "the operator's namespace")->capture_default_str();
    command->add_option("--policy", given.options.policy, "only this AllocationPolicy")->type_name("POLICY");
    return command;
}

void addLedgerVerify(CLI::App& verb, Action& action) {
    const auto given = std::make_shared<LedgerVerb>();
    CLI::App* command =
        addLedgerCommand(verb, "verify", "check that nothing recorded was changed, removed or slipped in", *given);
    command->callback([&action, given] {
        action = [given] {
            std::shared_ptr<kube::Client> client;
            if (given->place.store == ledger::LedgerStore::Kubernetes) {
                auto connected = given->connection.connect();
                if (!connected) return cannotConnect("ledger", connected.error());
                client = std::move(*connected);
            }
            return print(runLedgerVerify(*openLedger(given->place, client, ledger::Access::Read), given->options));
        };
    });
}

void addLedgerShow(CLI::App& verb, Action& action) {
    const auto given = std::make_shared<LedgerVerb>();
    CLI::App* command =
        addLedgerCommand(verb, "show", "show the closed periods, and how far metering has come", *given);
    command->add_option("--team", given->options.team, "only this team")->type_name("TEAM");
    const auto form = std::make_shared<std::string>();
    addOutput(*command, *form, {"table", "json", "csv"});
    command->callback([&action, given, form] {
        action = [given, form] {
            given->options.format = askedFor(*form);
            auto client = given->connection.connect();
            if (!client) return cannotConnect("ledger", client.error());
            const auto findPolicy = [&](const std::string& name) { return reconcile::findPolicy(**client, name); };
            return printAs(*form, runLedgerShow(*openLedger(given->place, *client, ledger::Access::Read), findPolicy,
                                                given->options));
        };
    });
}

void addLedgerCopy(CLI::App& verb, Action& action) {
    struct Given {
        Connection connection;
        std::string ns = ledger::LedgerPlace{}.ns;
        ledger::LedgerStore to = ledger::LedgerStore::PostgreSql;
        LedgerOptions options;
    };
    CLI::App* command = verb.add_subcommand("copy", "move the ledger to another store, while the operator is stopped");
    const auto given = std::make_shared<Given>();
    addConnection(*command, given->connection);
    command->add_option("--namespace,-n", given->ns, "the operator's namespace")->capture_default_str();
    command->add_option("--policy", given->options.policy, "only this AllocationPolicy");
    command->add_option("--to", given->to, "the store to copy to: postgresql, or kubernetes; the other is copied from")
        ->transform(CLI::CheckedTransformer(ledgerStores()))
        ->option_text("STORE")
        ->required();
    command->callback([&action, given] {
        action = [given] {
            auto client = given->connection.connect();
            if (!client) return cannotConnect("ledger", client.error());
            using ledger::LedgerStore;
            const bool leavesKubernetes = given->to == LedgerStore::PostgreSql;
            const auto other = leavesKubernetes ? LedgerStore::Kubernetes : LedgerStore::PostgreSql;
            const auto from = openLedger({other, given->ns}, *client, ledger::Access::Read);
            const auto to = openLedger({given->to, given->ns}, *client, ledger::Access::ReadWrite);
            return print(runLedgerCopy(*from, *to, given->options));
        };
    });
}

void addLedgerVerb(CLI::App& app, Action& action) {
    CLI::App* verb = app.add_subcommand("ledger", "check and show the record of closed periods and metered days");
    verb->require_subcommand(1);
    addLedgerVerify(*verb, action);
    addLedgerShow(*verb, action);
    addLedgerCopy(*verb, action);
}

void addPricesVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        PricesOptions options;
        std::string form;
    };
    CLI::App* prices = app.add_subcommand("prices", "hold a policy's prices against a price table");
    prices->require_subcommand(1);
    CLI::App* verb = prices->add_subcommand("check", "show what differs; exit code 3 where something does");
    const auto given = std::make_shared<Given>();
    auto* files = verb->add_option("-f,--filename", given->options.files, "manifests: files, folders, or -");
    auto* policy = verb->add_option("--policy", given->options.policy, "only this AllocationPolicy");
    verb->add_flag("--live", given->options.live, "the policy in the cluster")->excludes(files)->needs(policy);
    verb->add_option("--prices", given->options.prices, "JSON file of prices per token, as LiteLLM publishes it")
        ->required();
    verb->add_option("--multiplier", given->options.multiplier,
                     "the table's prices times this are in the policy's currency")
        ->capture_default_str();
    verb->add_option("--at", given->options.at, "the day whose prices are meant (default: today)");
    addOutput(*verb, given->form, {"table", "json"});
    addConnection(*verb, given->connection);
    verb->callback([&action, given] {
        if (!given->options.live && given->options.files.empty()) throw CLI::RequiredError("--filename or --live");
        action = [given] {
            given->options.json = askedFor(given->form) == "json";
            return printAs(given->form, runPricesCheck(given->options, {std::cin, SystemClock{}.now(),
                                                                        [&] { return given->connection.connect(); }}));
        };
    });
}

}  // namespace

void addVerbs(CLI::App& app, Action& action) {
    addOperatorVerb(app, action);
    addSyncLimitsVerb(app, action);
    addPoolVerb(app, action);
    addPlanVerb(app, action);
    addExplainVerb(app, action);
    addReportVerb(app, action);
    addValidateVerb(app, action);
    addSimulateVerb(app, action);
    addLedgerVerb(app, action);
    addStatementVerb(app, action);
    addPricesVerb(app, action);
    addPeoplesVerbs(app, action);
}

int completeWords(const CLI::App& app, const std::vector<std::string>& words) {
    return print({complete(grammarOf(app), words, namesInCluster), {}, 0});
}

}  // namespace bursar::cli
