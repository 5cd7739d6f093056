#include <iostream>
#include <map>

#include "operator/base/clock.hpp"
#include "operator/cli/explain_command.hpp"
#include "operator/cli/grammar.hpp"
#include "operator/cli/plan_command.hpp"
#include "operator/cli/pool_command.hpp"
#include "operator/cli/report_command.hpp"
#include "operator/cli/simulate_command.hpp"
#include "operator/cli/validate_command.hpp"

namespace bursar::cli {
namespace {

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

}  // namespace

void addPlanningVerbs(CLI::App& app, Action& action) {
    addPoolVerb(app, action);
    addPlanVerb(app, action);
    addExplainVerb(app, action);
    addReportVerb(app, action);
    addValidateVerb(app, action);
    addSimulateVerb(app, action);
}

}  // namespace bursar::cli
