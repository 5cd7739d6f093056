// The command line's grammar: every verb with its options.
#pragma once

#include <string>
#include <vector>

#include "operator/cli/verb/verb.hpp"

namespace CLI {
class App;
}

namespace bursar::cli {

// Adds every verb to `app`; parsing leaves what the one that was given does in `action`.
void addVerbs(CLI::App& app, Action& action);

// What a shell asks for: what may stand in the place of the last of `words`. Prints it; returns the exit code.
int completeWords(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace bursar::cli
