#include "operator/cli/prices/prices_command.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

void addPricesVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        PricesOptions options;
        std::string form;
    };
    CLI::App* prices = app.add_subcommand("prices", "compare a policy's prices with a price table");
    prices->require_subcommand(1);
    CLI::App* verb = prices->add_subcommand("check", "show the differences; exit code 3 if there are any");
    const auto given = std::make_shared<Given>();
    auto* files = verb->add_option("-f,--filename", given->options.files,
                                   "manifests: files, directories, or - for standard input");
    auto* policy = verb->add_option("--policy", given->options.policy, "only this AllocationPolicy");
    verb->add_flag("--live", given->options.live, "read the policy from the cluster")->excludes(files)->needs(policy);
    verb->add_option("--prices", given->options.prices, "JSON file of prices per token, as LiteLLM publishes it")
        ->required();
    verb->add_option("--multiplier", given->options.multiplier,
                     "converts the table's prices into the policy's currency")
        ->capture_default_str();
    verb->add_option("--at", given->options.at, "the day whose prices are compared (default: today)");
    addOutput(*verb, given->form, {"table", "json"});
    addConnection(*verb, given->connection);
    verb->callback([&action, given] {
        if (!given->options.live && given->options.files.empty()) throw CLI::RequiredError("--filename or --live");
        action = [given] {
            given->options.json = askedFor(given->form) == "json";
            return printAs(given->form, runPricesCheck(given->options, surroundingsOf(given->connection)));
        };
    });
}

}  // namespace bursar::cli
