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
        app.add_subcommand("report", "show who asked, who got and why, on a page for the quarterly meeting");
    const auto given = std::make_shared<Given>();
    ReportOptions& options = given->options;
    addInputOptions(*verb, options.inputs, given->connection);
    auto* files = verb->get_option("--filename");
    verb->add_option("--base", options.inputs.base, "manifests to compare grants with: files or folders")
        ->allow_extra_args(false)
        ->needs(files);
    verb->add_option("--policy", options.policy, "of this AllocationPolicy (default: the only one)");
    verb->add_option("--period", options.period,
                     "whose cost is shown, 2026-11 or 2026Q4 (default: the last that is closed, else the draft of the "
                     "open one)");
    verb->add_option("--statement", options.statements,
                     "a statement's JSON, for the cost where there is no cluster; may be given several times")
        ->allow_extra_args(false)
        ->needs(files);
    verb->add_flag("--no-usage-source", given->noUsageSource,
                   "a draft ends with what is recorded: nothing is asked of the usage source");
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
