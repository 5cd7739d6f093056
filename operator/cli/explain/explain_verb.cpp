#include "operator/cli/explain/explain_command.hpp"
#include "operator/cli/manifests/input_options.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

void addExplainVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        ExplainOptions options;
        std::string form;
    };
    CLI::App* verb = app.add_subcommand("explain", "show the derivation of a team's budget, term by term");
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

}  // namespace bursar::cli
