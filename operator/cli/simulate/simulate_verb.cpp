#include <fmt/format.h>

#include <iostream>
#include <map>

#include "operator/cli/simulate/simulate_command.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

void addSimulateVerb(CLI::App& app, Action& action) {
    static const std::map<std::string, SimulateFormat> kFormats = {
        {"table", SimulateFormat::Table}, {"json", SimulateFormat::Json}, {"csv", SimulateFormat::Csv}};
    CLI::App* verb = app.add_subcommand("simulate", "show the effect of a policy over simulated quarters");
    struct Given {
        SimulateOptions options;
        std::string form;
    };
    const auto given = std::make_shared<Given>();
    verb->add_option("-f,--filename", given->options.file, "the scenario; - reads standard input")
        ->required()
        ->type_name("FILE");
    addOutput(*verb, given->form, {"table", "json", "csv"});
    verb->add_option("--seed", given->options.seed,
                     fmt::format("seed of the noise in the teams' needs (default: {})", given->options.seed));
    verb->callback([&action, given] {
        action = [given] {
            given->options.format = kFormats.at(askedFor(given->form));
            return printAs(given->form, runSimulate(given->options, std::cin));
        };
    });
}

}  // namespace bursar::cli
