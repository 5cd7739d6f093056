#include "operator/cli/verb/grammar.hpp"
#include "operator/cli/version.hpp"

namespace bursar::cli {

void addVersionVerb(CLI::App& app, Action& action) {
    CLI::App* verb = app.add_subcommand("version", "print the version of this binary");
    const auto form = std::make_shared<std::string>();
    addOutput(*verb, *form, {"text", "json"});
    verb->callback([&action, form] {
        action = [form] { return printAs(*form, {versionText(askedFor(*form) == "json"), {}, 0}); };
    });
}

}  // namespace bursar::cli
