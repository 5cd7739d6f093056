#include <iostream>
#include <map>

#include "controllers/ledger/open_ledger.hpp"
#include "operator/cli/statement/statement_command.hpp"
#include "operator/cli/verb/grammar.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::cli {
namespace {

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
    return printAs(given.form,
                   runStatement(options, clusterSources(*ledger, **client, SystemClock{}.now(), !given.noUsageSource)));
}

}  // namespace

void addStatementVerb(CLI::App& app, Action& action) {
    static const std::map<std::string, StatementFormat> kFormats = {
        {"table", StatementFormat::Table}, {"markdown", StatementFormat::Markdown}, {"csv", StatementFormat::Csv},
        {"focus", StatementFormat::Focus}, {"html", StatementFormat::Html},         {"json", StatementFormat::Json}};
    CLI::App* verb = app.add_subcommand("statement", "show the cost of a period, by cost centre, line by line");
    const auto given = std::make_shared<StatementVerb>();
    StatementOptions& options = given->options;
    addConnection(*verb, given->connection);
    verb->add_option("--ledger-namespace", given->ledger.ns, "the operator's namespace")->capture_default_str();
    addLedgerStore(*verb, given->ledger);
    auto* policy = verb->add_option("--policy", options.query.policy, "the AllocationPolicy (default: the only one)")
                       ->type_name("POLICY");
    auto* period = verb->add_option("--period", options.query.period,
                                    "2026-11 or 2026Q4 (default: the last closed one, else the draft of the open one)");
    auto* costCenter = verb->add_option("--cost-center", options.costCenter,
                                        "only the part of this cost centre; \"\" for lines without one");
    addOutput(*verb, given->form, {"table", "markdown", "csv", "focus", "html", "json"});
    auto* list = verb->add_flag("--list", options.list, "list the statements")
                     ->excludes(period)
                     ->excludes(costCenter)
                     ->excludes(verb->get_option("--output"));
    verb->add_flag("--no-usage-source", given->noUsageSource,
                   "do not ask the usage source: a draft ends with the last recorded day");
    verb->add_option("-f,--filename", options.file,
                     "JSON file of a statement, instead of a cluster; - for standard input")
        ->excludes(list)
        ->excludes(policy)
        ->excludes(period);
    verb->callback([&action, given] {
        given->options.format = kFormats.at(askedFor(given->form));
        action = [given] { return runStatementVerb(*given); };
    });
}

}  // namespace bursar::cli
