#include "controllers/cluster/live_world.hpp"
#include "controllers/ledger/open_ledger.hpp"
#include "operator/cli/ledger/ledger_command.hpp"
#include "operator/cli/verb/grammar.hpp"

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
        addLedgerCommand(verb, "verify", "check that no record was changed, removed or inserted", *given);
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
        addLedgerCommand(verb, "show", "show the closed periods, and until when usage is metered", *given);
    command->add_option("--team", given->options.team, "only this team")->type_name("TEAM");
    const auto form = std::make_shared<std::string>();
    addOutput(*command, *form, {"table", "json", "csv"});
    command->callback([&action, given, form] {
        action = [given, form] {
            given->options.format = askedFor(*form);
            auto client = given->connection.connect();
            if (!client) return cannotConnect("ledger", client.error());
            const auto findPolicy = [&](const std::string& name) { return cluster::findPolicy(**client, name); };
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

}  // namespace

void addLedgerVerb(CLI::App& app, Action& action) {
    CLI::App* verb = app.add_subcommand("ledger", "check and show the record of closed periods and metered days");
    verb->require_subcommand(1);
    addLedgerVerify(*verb, action);
    addLedgerShow(*verb, action);
    addLedgerCopy(*verb, action);
}

}  // namespace bursar::cli
