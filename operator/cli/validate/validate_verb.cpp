#include <fmt/format.h>

#include <iostream>

#include "operator/cli/validate/validate_command.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

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
    verb->add_flag("-R,--recursive", given->options.recursive, "directories with their subdirectories");
    addOutput(*verb, given->form, {"table", "json"});
    verb->add_option("-n,--namespace", given->options.ns,
                     fmt::format("namespace of manifests that name none (default: {})", kDefaultNamespace))
        ->type_name("NAMESPACE");
    verb->callback([&action, given] {
        action = [given] {
            given->options.json = askedFor(given->form) == "json";
            return printAs(given->form, runValidate(given->options, std::cin));
        };
    });
}

}  // namespace bursar::cli
