#include "operator/cli/completion/completion.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

void addCompletionVerb(CLI::App& app, Action& action) {
    CLI::App* verb = app.add_subcommand("completion", "print the script that completes the command line in a shell");
    const auto shell = std::make_shared<std::string>();
    verb->add_option("shell", *shell, "load it with: source <(bursar completion bash)")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh"}))
        ->option_text("bash|zsh");
    verb->callback([&action, shell] { action = [shell] { return print({completionScript(*shell), {}, 0}); }; });
}

}  // namespace bursar::cli
