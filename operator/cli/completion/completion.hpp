// Completion of the command line, by the protocol of cobra's `__complete`, which kubectl also uses: a line for each
// candidate with a tab and its help, then `:` and a directive for the shell.
//
// The words of the command line are data and are never run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct GrammarOption {
    std::vector<std::string> names;  // `--output`, `-o`
    // Empty: a flag. `a|b`: a choice. POLICY, TEAM, NAMESPACE: names of the cluster. FILE: the shell completes it.
    std::string value;
    std::string help;
};

struct GrammarVerb {
    std::string name;
    std::string help;
    std::vector<GrammarOption> options;
    std::vector<std::string> positionals;  // the `value` of each
    std::vector<GrammarVerb> verbs;
};

// Which names are asked for, and the connection and namespace that earlier words gave.
struct NameQuestion {
    std::string kind;  // POLICY, TEAM, NAMESPACE
    Connection connection;
    std::string ns;
};
using AskNames = std::function<std::vector<std::string>(const NameQuestion&)>;

// The candidates for the last of `words`, which follow the program's name; the last one may be empty. Pure except for
// `ask`.
std::string complete(const GrammarVerb& program, const std::vector<std::string>& words, const AskNames& ask);

// The cluster's names that the user may read; none if it does not answer soon.
std::vector<std::string> namesInCluster(const NameQuestion& question);

// The script for a shell, bash or zsh; it calls the binary.
std::string completionScript(const std::string& shell);

}  // namespace bursar::cli
