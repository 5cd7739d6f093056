#include "operator/cli/grammar.hpp"

namespace bursar::cli {

void addVerbs(CLI::App& app, Action& action) {
    addRunningVerbs(app, action);
    addPlanningVerbs(app, action);
    addAccountingVerbs(app, action);
    addPeoplesVerbs(app, action);
}

int completeWords(const CLI::App& app, const std::vector<std::string>& words) {
    return print({complete(grammarOf(app), words, namesInCluster), {}, 0});
}

}  // namespace bursar::cli
