// The command line's grammar for completion.
#pragma once

#include "operator/cli/completion/completion.hpp"

namespace CLI {
class App;
}

namespace bursar::cli {

// Every verb and option of `app`. An option's value is the placeholder in its help, such as FILE.
GrammarVerb grammarOf(const CLI::App& app);

}  // namespace bursar::cli
