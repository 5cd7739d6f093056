#include "operator/cli/verb/grammar.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <iostream>

#include "operator/cli/text/printable.hpp"
#include "operator/cli/text/yaml_text.hpp"
#include "operator/cli/verb/exit_code.hpp"
#include "operator/runtime/base/clock.hpp"
#include "operator/runtime/base/instant.hpp"

namespace bursar::cli {
namespace {

const std::string kJson = "json";
const std::string kYaml = "yaml";

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
    static const std::map<std::string, ledger::LedgerStore> stores = {{"kubernetes", ledger::LedgerStore::Kubernetes},
                                                                      {"postgresql", ledger::LedgerStore::PostgreSql}};
    return stores;
}

void addLedgerStore(CLI::App& verb, ledger::LedgerPlace& place) {
    verb.add_option(
            "--ledger", place.store,
            fmt::format(
                "store of the ledger: kubernetes, or postgresql, in the database that PGHOST, PGSERVICE, PGPASSFILE "
                "and libpq's other variables name (default: {})",
                wordFor(ledger::LedgerPlace{}.store, ledgerStores())))
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

Surroundings surroundingsOf(const Connection& connection) {
    return {std::cin, SystemClock{}.now(), [&] { return connection.connectToRead(); },
            [&] { return connection.contextNamespace(); }};
}

std::string checkDuration(const std::string& text) {
    return parseDuration(text) ? std::string{} : "\"" + text + "\" is not a duration; write it as 5m or 30s";
}

}  // namespace bursar::cli
