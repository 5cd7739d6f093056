#include <map>

#include "operator/cli/manifests/input_options.hpp"
#include "operator/cli/review/report_command.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

void addReportVerb(CLI::App& app, Action& action) {
    struct Given {
        Connection connection;
        ReportOptions options;
        bool noUsageSource = false;
        std::string form;
    };
    static const std::map<std::string, ReportFormat> kFormats = {
        {"html", ReportFormat::Html}, {"markdown", ReportFormat::Markdown}, {"json", ReportFormat::Json}};
    CLI::App* verb =
        app.add_subcommand("report", "show requests, grants and reasons, on a page for the quarterly meeting");
    const auto given = std::make_shared<Given>();
    ReportOptions& options = given->options;
    addInputOptions(*verb, options.inputs, given->connection);
    auto* files = verb->get_option("--filename");
    verb->add_option("--base", options.inputs.base, "manifests to compare grants with: files or directories")
        ->allow_extra_args(false)
        ->needs(files);
    verb->add_option("--policy", options.policy, "the AllocationPolicy to review (default: the only one)");
    verb->add_option(
        "--period", options.period,
        "period of the cost, 2026-11 or 2026Q4 (default: the last closed one, else the draft of the open one)");
    verb->add_option("--statement", options.statements,
                     "JSON file of a statement, for the cost without a cluster; may be repeated")
        ->allow_extra_args(false)
        ->needs(files);
    verb->add_flag("--no-usage-source", given->noUsageSource,
                   "do not ask the usage source: a draft ends with the last recorded day");
    addOutput(*verb, given->form, {"html", "markdown", "json"});
    verb->callback([&action, given] {
        action = [given] {
            given->options.inputs.live = given->options.inputs.files.empty();
            given->options.askUsageSource = !given->noUsageSource;
            given->options.format = kFormats.at(askedFor(given->form));
            return printAs(given->form, runReport(given->options, surroundingsOf(given->connection)));
        };
    });
}

}  // namespace bursar::cli
