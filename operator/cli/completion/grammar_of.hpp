// The command line's grammar as completion needs it.
#pragma once

#include "operator/cli/completion/completion.hpp"

namespace CLI {
class App;
}

namespace bursar::cli {

// Every verb and option of `app`. The text that stands for an option's value in its help says what completes it.
GrammarVerb grammarOf(const CLI::App& app);

}  // namespace bursar::cli
