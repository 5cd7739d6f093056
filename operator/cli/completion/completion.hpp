// Completion of the command line, by the protocol of cobra's `__complete`, which kubectl speaks, too: a candidate a
// line, a tab and what it is, and at the end `:` and what the shell may add of its own.
//
// The words of the command line are data: nothing of them is run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

struct GrammarOption {
    std::vector<std::string> names;  // `--output`, `-o`
    // Empty: a flag. `a|b` is a choice; POLICY, TEAM and NAMESPACE are names that the cluster knows; FILE is the
    // shell's.
    std::string value;
    std::string help;
};

struct GrammarVerb {
    std::string name;
    std::string help;
    std::vector<GrammarOption> options;
    std::vector<std::string> positionals;  // what stands for their values
    std::vector<GrammarVerb> verbs;
};

// Where names are asked for: what of the connection the words before have said.
struct NameQuestion {
    std::string kind;  // POLICY, TEAM, NAMESPACE
    Connection connection;
    std::string ns;
};
using AskNames = std::function<std::vector<std::string>(const NameQuestion&)>;

// What may stand in the place of the last of `words` (which are those after the program's name; the last may be empty).
// Pure but for `ask`.
std::string complete(const GrammarVerb& program, const std::vector<std::string>& words, const AskNames& ask);

// Names of the cluster, as far as the user may read them; none where it does not answer soon.
std::vector<std::string> namesInCluster(const NameQuestion& question);

// The script that a shell loads; it asks the binary. `shell` is bash or zsh.
std::string completionScript(const std::string& shell);

}  // namespace bursar::cli
