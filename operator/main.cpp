// The one binary of Bursar. Each verb has a folder in operator/cli; operator/cli/verbs.cpp lists them.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "operator/cli/verbs.hpp"
#include "operator/runtime/base/core_dumps.hpp"
#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/base/heap_arenas.hpp"

namespace {

// Part of the help; every verb uses these exit codes.
constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 cannot be done (usage, connection, not found); 2 a manifest, a file or a record is wrong;\n"
    "3 refused or different (a loan denied, floors beyond a pool, a price that differs, the lead lost).";

}  // namespace

int main(int argc, char** argv) {
    bursar::forbidCoreDumps();  // every verb may hold credentials
    bursar::limitHeapArenas();
    std::signal(SIGPIPE, SIG_IGN);

    // As `kubectl-bursar` it is a kubectl plugin; kubectl runs `kubectl_complete-bursar` for the plugin's completions.
    const std::string calledAs = std::filesystem::path{argv[0]}.filename().string();
    CLI::App app{"Bursar: the treasury for an organisation's LLM tokens",
                 calledAs == "kubectl-bursar" ? "kubectl bursar" : "bursar"};
    app.require_subcommand(1);
    app.footer(kExitCodes);
    bursar::cli::Action action;
    bursar::cli::addVerbs(app, action);

    const std::vector<std::string> words{argv + 1, argv + argc};
    if (calledAs == "kubectl_complete-bursar") return bursar::cli::completeWords(app, words);
    if (!words.empty() && words.front() == "__complete") {
        return bursar::cli::completeWords(app, {words.begin() + 1, words.end()});
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Codes from 2 on belong to the verbs: 1 is a usage error, 0 a request for help.
        return app.exit(error) == 0 ? 0 : 1;
    }
    try {
        return action();
    } catch (...) {
        const bursar::Error defect = bursar::caught({});
        std::fprintf(stderr, "bursar: %s\n", defect.message.c_str());
        return 1;
    }
}
