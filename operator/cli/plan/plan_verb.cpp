#include <fmt/format.h>

#include <map>

#include "operator/cli/manifests/input_options.hpp"
#include "operator/cli/plan/plan_command.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

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
                     fmt::format("namespace of manifests that name none; they may name no other (default: with --live "
                                 "the context's, else `{}`; then they may name any)",
                                 kDefaultNamespace))
        ->type_name("NAMESPACE");
    auto* base = verb->add_option("--base", given->options.base, "manifests to compare with: files or directories")
                     ->type_name("FILE");
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

}  // namespace bursar::cli
