#include "operator/cli/pool/pool_command.hpp"
#include "operator/cli/verb/grammar.hpp"
#include "operator/runtime/base/clock.hpp"

namespace bursar::cli {

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
            auto client = given->connection.connectToRead();
            if (!client) return cannotConnect("pool", client.error());
            return printAs(given->form, runPool(*client, given->options, SystemClock{}.now()));
        };
    });
}

}  // namespace bursar::cli
