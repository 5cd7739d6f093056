// What the grammars of several verbs have in common. Includes CLI11, which takes longer to compile than most of the
// rest: only the files of the grammar include this.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "controllers/ledger/open_ledger.hpp"
#include "operator/cli/verb/verb.hpp"

namespace bursar::cli {

// --kubeconfig and --context.
void addConnection(CLI::App& verb, Connection& connection);

// -o with the forms it takes, the first of which is the default. Every verb that knows json knows yaml: the same
// document, written by printAs.
void addOutput(CLI::App& verb, std::string& form, const std::vector<std::string>& forms);

// The form in which the verb is asked for what `form` needs: json for yaml.
const std::string& askedFor(const std::string& form);

// Prints an answer, as YAML where `form` is yaml; returns its exit code.
int printAs(const std::string& form, Answer answer);

// Tells that the verb has no cluster to talk to; returns exit code 1.
int cannotConnect(const char* verb, const Error& error);

// Standard input, the time, and the cluster that `connection` leads to.
Surroundings surroundingsOf(const Connection& connection);

// Of an option of type std::string: "" where the text is a duration such as 5m, else what is wrong.
std::string checkDuration(const std::string& text);

// The word for a value among those an option takes.
template <typename Value>
const std::string& wordFor(const Value& value, const std::map<std::string, Value>& words) {
    return std::find_if(words.begin(), words.end(), [&](const auto& entry) { return entry.second == value; })->first;
}

// The stores that a ledger may be kept in, by the word for each.
const std::map<std::string, ledger::LedgerStore>& ledgerStores();

// --ledger, which names one of them.
void addLedgerStore(CLI::App& verb, ledger::LedgerPlace& place);

// Each verb, with its options, in a file of its verb's folder.
void addOperatorVerb(CLI::App& app, Action& action);
void addSyncLimitsVerb(CLI::App& app, Action& action);
void addPoolVerb(CLI::App& app, Action& action);
void addPlanVerb(CLI::App& app, Action& action);
void addExplainVerb(CLI::App& app, Action& action);
void addReportVerb(CLI::App& app, Action& action);
void addValidateVerb(CLI::App& app, Action& action);
void addSimulateVerb(CLI::App& app, Action& action);
void addLedgerVerb(CLI::App& app, Action& action);
void addStatementVerb(CLI::App& app, Action& action);
void addPricesVerb(CLI::App& app, Action& action);
void addStatusVerb(CLI::App& app, Action& action);
void addTopVerb(CLI::App& app, Action& action);
void addCompletionVerb(CLI::App& app, Action& action);
void addVersionVerb(CLI::App& app, Action& action);

}  // namespace bursar::cli
