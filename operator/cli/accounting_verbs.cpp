#include <iostream>
#include <map>

#include "controllers/ledger/open_ledger.hpp"
#include "controllers/reconcile/live_world.hpp"
#include "operator/base/clock.hpp"
#include "operator/cli/grammar.hpp"
#include "operator/cli/ledger_command.hpp"
#include "operator/cli/prices_command.hpp"
#include "operator/cli/statement_command.hpp"
#include "operator/cli/statement_source.hpp"

namespace bursar::cli {
namespace {

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

void addAccountingVerbs(CLI::App& app, Action& action) {
    addLedgerVerb(app, action);
    addStatementVerb(app, action);
    addPricesVerb(app, action);
}

}  // namespace bursar::cli
