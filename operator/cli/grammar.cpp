#include "operator/cli/grammar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "operator/base/instant.hpp"
#include "operator/cli/exit_code.hpp"
#include "operator/cli/printable.hpp"
#include "operator/cli/yaml_text.hpp"

namespace bursar::cli {
namespace {

const std::string kJson = "json";
const std::string kYaml = "yaml";

GrammarOption optionOf(const CLI::Option& option) {
    GrammarOption found;
    for (const std::string& name : option.get_lnames()) found.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) found.names.push_back("-" + name);
    found.help = option.get_description();
    if (option.get_items_expected_max() == 0) return found;
    found.value = option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
    return found;
}

}  // namespace

void addConnection(CLI::App& verb, Connection& connection) {
    verb.add_option("--kubeconfig", connection.kubeconfig,
                    "kubeconfig file (default: $KUBECONFIG, then the pod's service account, then ~/.kube/config)")
        ->type_name("FILE");
    verb.add_option("--context", connection.context, "context of the kubeconfig (default: its current-context)");
}

void addOutput(CLI::App& verb, std::string& form, const std::vector<std::string>& forms) {
    std::vector<std::string> all = forms;
    const auto json = std::find(all.begin(), all.end(), kJson);
    if (json != all.end()) all.insert(std::next(json), kYaml);
    form = all.front();
    verb.add_option("-o,--output", form, fmt::format("form of the output (default: {})", form))
        ->check(CLI::IsMember(all))
        ->option_text(fmt::format("{}", fmt::join(all, "|")));
}

const std::map<std::string, ledger::LedgerStore>& ledgerStores() {
    static const std::map<std::string, ledger::LedgerStore> stores = {
        {"kubernetes", ledger::LedgerStore::Kubernetes}, {"postgresql", ledger::LedgerStore::PostgreSql}};
    return stores;
}

void addLedgerStore(CLI::App& verb, ledger::LedgerPlace& place) {
    verb.add_option("--ledger", place.store,
                    "where the record is kept: kubernetes (default) or postgresql, which PGHOST, PGSERVICE, PGPASSFILE and "
                    "libpq's other variables name")
        ->transform(CLI::CheckedTransformer(ledgerStores()))
        ->option_text("STORE");
}

const std::string& askedFor(const std::string& form) { return form == kYaml ? kJson : form; }

int printAs(const std::string& form, Answer answer) {
    if (form == kYaml && !answer.out.empty()) {
        answer.out = toYaml(nlohmann::ordered_json::parse(answer.out));
    }
    return print(answer);
}

int cannotConnect(const char* verb, const Error& error) {
    fmt::print(stderr, "bursar {}: {}\n", verb, printable(error.message));
    return kCannotBeDone;
}

std::string checkDuration(const std::string& text) {
    return parseDuration(text) ? std::string{} : "\"" + text + "\" is not a duration; write it as 5m or 30s";
}

GrammarVerb grammarOf(const CLI::App& app) {
    GrammarVerb verb;
    verb.name = app.get_name();
    verb.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) {
            verb.positionals.push_back(optionOf(*option).value);
        } else {
            verb.options.push_back(optionOf(*option));
        }
    }
    const auto every = [](const CLI::App*) { return true; };
    for (const CLI::App* sub : app.get_subcommands(every)) {
        if (!sub->get_group().empty()) verb.verbs.push_back(grammarOf(*sub));
    }
    return verb;
}

}  // namespace bursar::cli
