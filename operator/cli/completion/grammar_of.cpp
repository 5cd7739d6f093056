#include "operator/cli/completion/grammar_of.hpp"

#include <CLI/CLI.hpp>

namespace bursar::cli {
namespace {

GrammarOption optionOf(const CLI::Option& option) {
    GrammarOption found;
    for (const std::string& name : option.get_lnames()) found.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) found.names.push_back("-" + name);
    found.help = option.get_description();
    if (option.get_items_expected_max() == 0) return found;
    found.value = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
    return found;
}

}  // namespace

GrammarVerb grammarOf(const CLI::App& app) {
    GrammarVerb verb;
    verb.name = app.get_name();
    verb.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) {
            verb.positionals.push_back(optionOf(*option).value);
        } else {
            verb.options.push_back(optionOf(*option));
        }
    }
    const auto every = [](const CLI::App*) { return true; };
    for (const CLI::App* sub : app.get_subcommands(every)) {
        if (!sub->get_group().empty()) verb.verbs.push_back(grammarOf(*sub));
    }
    return verb;
}

}  // namespace bursar::cli
