#include "operator/cli/completion/completion.hpp"

#include <catch2/catch.hpp>

using namespace bursar::cli;

namespace {

const std::vector<GrammarOption> kOptions = {{{"--output", "-o"}, "table|json", "form"},
                                             {{"--namespace", "-n"}, "NAMESPACE", "ns"},
                                             {{"--kubeconfig"}, "FILE", "kubeconfig"},
                                             {{"--all", "-A"}, "", "all of them"},
                                             {{"--at"}, "TEXT", "time"}};
const GrammarVerb kGrammar = {"bursar",
                              "",
                              {{{"--help", "-h"}, "", "help"}},
                              {},
                              {{"status", "show all", kOptions, {"POLICY"}, {}},
                               {"statement", "a bill", kOptions, {}, {}},
                               {"ledger", "records", {}, {}, {{"verify", "check", kOptions, {}, {}}}}}};

std::vector<NameQuestion> asked;

std::string completed(const std::vector<std::string>& words) {
    asked.clear();
    return complete(kGrammar, words, [](const NameQuestion& question) {
        asked.push_back(question);
        return std::vector<std::string>{"main", "mobile", "other"};
    });
}

}  // namespace

TEST_CASE("verbs with their help") {
    CHECK(completed({"sta"}) == "status\tshow all\nstatement\ta bill\n:4\n");
    CHECK(completed({""}) == "status\tshow all\nstatement\ta bill\nledger\trecords\n:4\n");
    CHECK(completed({"ledger", ""}) == "verify\tcheck\n:4\n");
    CHECK(completed({"ledger", "verify", "-o", "j"}) == "json\n:4\n");
    CHECK(completed({}) == completed({""}));
    CHECK(completed({"nothing", "x"}) == ":4\n");
}

TEST_CASE("options and their values") {
    CHECK(completed({"status", "--o"}) == "--output\tform\n:4\n");
    CHECK(completed({"status", "--output", ""}) == "table\njson\n:4\n");
    CHECK(completed({"status", "--output=j"}) == "--output=json\n:4\n");
    CHECK(completed({"status", "--kubeconfig", ""}) == ":0\n");
    CHECK(completed({"status", "--at", ""}) == ":4\n");
    CHECK(completed({"status", "--all", "--o"}) == "--output\tform\n:4\n");
    CHECK(completed({"status", "--", "--o"}) == ":4\n");
}

TEST_CASE("names come from the cluster that earlier words name") {
    CHECK(completed({"status", "m"}) == "main\nmobile\n:4\n");
    CHECK(asked.at(0).kind == "POLICY");
    CHECK(completed({"status", "--kubeconfig", "other.yaml", "-nads", "-A", "-o=json", "m"}) == "main\nmobile\n:4\n");
    CHECK(asked.at(0).connection.kubeconfig == "other.yaml");
    CHECK(asked.at(0).ns == "ads");
    CHECK(completed({"status", "-n", "o"}) == "other\n:4\n");
    CHECK(asked.at(0).kind == "NAMESPACE");
    CHECK(completed({"status", "main", "m"}) == ":4\n");
    CHECK(asked.empty());
    CHECK(completed({"status", "--namespace=ot"}) == "--namespace=other\n:4\n");
}

TEST_CASE("a script for each shell") {
    CHECK(completionScript("bash").starts_with("# Completion of bursar in bash"));
    CHECK(completionScript("zsh").starts_with("#compdef bursar"));
}
