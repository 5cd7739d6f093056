#include "operator/cli/verbs.hpp"

#include "operator/cli/completion/grammar_of.hpp"
#include "operator/cli/verb/grammar.hpp"

namespace bursar::cli {

void addVerbs(CLI::App& app, Action& action) {
    addOperatorVerb(app, action);
    addSyncLimitsVerb(app, action);
    addPoolVerb(app, action);
    addPlanVerb(app, action);
    addExplainVerb(app, action);
    addReportVerb(app, action);
    addValidateVerb(app, action);
    addSimulateVerb(app, action);
    addLedgerVerb(app, action);
    addStatementVerb(app, action);
    addPricesVerb(app, action);
    addStatusVerb(app, action);
    addTopVerb(app, action);
    addCompletionVerb(app, action);
    addVersionVerb(app, action);
}

int completeWords(const CLI::App& app, const std::vector<std::string>& words) {
    return print({complete(grammarOf(app), words, namesInCluster), {}, 0});
}

}  // namespace bursar::cli
