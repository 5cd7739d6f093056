// The command line's grammar: every verb with its options.
#pragma once

#include <string>
#include <vector>

#include "operator/cli/verb/verb.hpp"

namespace CLI {
class App;
}

namespace bursar::cli {

// Adds every verb to `app`. Parsing sets `action` to the action of the verb that was given.
void addVerbs(CLI::App& app, Action& action);

// Completion: prints the candidates for the last of `words`; returns the exit code.
int completeWords(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace bursar::cli
