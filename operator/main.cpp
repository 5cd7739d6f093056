// The one binary of Bursar: each verb is a file in cli/, all of them are in cli/verbs.cpp.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "operator/cli/verbs.hpp"

int main(int argc, char** argv) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("bursar"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    std::signal(SIGPIPE, SIG_IGN);

    CLI::App app{"Bursar: the treasury for an organisation's LLM tokens"};
    app.require_subcommand(1);
    bursar::cli::Action action;
    bursar::cli::addVerbs(app, action);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Verbs give 2 and more a meaning of their own; what cannot be read is 1, asking for help 0.
        return app.exit(error) == 0 ? 0 : 1;
    }
    return action();
}
