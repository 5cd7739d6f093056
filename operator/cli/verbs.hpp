// The command line's grammar: every verb with its options.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace bursar::cli {

// What the verb that was given does; returns the process's exit code.
using Action = std::function<int()>;

// Adds every verb to `app`; parsing leaves what the one that was given does in `action`.
void addVerbs(CLI::App& app, Action& action);

}  // namespace bursar::cli
