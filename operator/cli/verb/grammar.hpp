// Options that several verbs have. Only the *_verb.cpp files include this header: it includes CLI11, which is slow to
// compile.
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

// -o with its forms; the first one is the default. Every verb that has json also has yaml: the same document, written
// by printAs().
void addOutput(CLI::App& verb, std::string& form, const std::vector<std::string>& forms);

// The form that the verb renders for `form`: json for yaml.
const std::string& askedFor(const std::string& form);

// Prints an answer, as YAML if `form` is yaml; returns its exit code.
int printAs(const std::string& form, Answer answer);

// Prints why the verb cannot connect to a cluster; returns exit code 1.
int cannotConnect(const char* verb, const Error& error);

// Standard input, the time, and the cluster that `connection` leads to.
Surroundings surroundingsOf(const Connection& connection);

// A check for options of type std::string: "" for a duration such as 5m, else what is wrong.
std::string checkDuration(const std::string& text);

// The word for a value among those an option takes.
template <typename Value>
const std::string& wordFor(const Value& value, const std::map<std::string, Value>& words) {
    return std::find_if(words.begin(), words.end(), [&](const auto& entry) { return entry.second == value; })->first;
}

// The stores a ledger may be in, by name.
const std::map<std::string, ledger::LedgerStore>& ledgerStores();

// --ledger, which takes one of those names.
void addLedgerStore(CLI::App& verb, ledger::LedgerPlace& place);

// Each verb with its options; defined in the verb's folder.
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
