// What the verbs of the command line share: how each adds itself, how it reaches a cluster, how it is told to stop.
//
// Each verb is a file here with an `add…Verb`; main.cpp only lists them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/kube/client.hpp"

namespace bursar::cli {

// What the verb that was given does; returns the process's exit code.
using Action = std::function<int()>;

// What a verb that only reads has to say.
struct Answer {
    std::string out;  // for standard output
    std::string err;
    int exitCode = 0;
};

// Prints it; returns its exit code.
int print(const Answer& answer);

// --kubeconfig and --context, and the client they lead to.
class Connection {
  public:
    void addOptions(CLI::App& verb);
    [[nodiscard]] Result<std::shared_ptr<kube::Client>> connect() const;

  private:
    std::string kubeconfig_;
    std::string context_;
};

// SIGTERM and SIGINT become a stop request while this lives. They are blocked in every thread begun after it and taken
// by one that waits for them, so that nothing runs in a signal handler. Make it before any other thread.
class SignalStop {
  public:
    SignalStop();
    ~SignalStop();
    SignalStop(const SignalStop&) = delete;
    SignalStop& operator=(const SignalStop&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  private:
    sigset_t signals_{};
    std::stop_source source_;
    std::jthread waiter_;
};

// Each adds its verb to `app`; when the verb was given, parsing leaves what to do in `action`.
void addOperatorVerb(CLI::App& app, Action& action);
void addSyncLimitsVerb(CLI::App& app, Action& action);
void addPoolVerb(CLI::App& app, Action& action);
void addPlanVerb(CLI::App& app, Action& action);
void addExplainVerb(CLI::App& app, Action& action);
void addValidateVerb(CLI::App& app, Action& action);
void addSimulateVerb(CLI::App& app, Action& action);
void addLedgerVerb(CLI::App& app, Action& action);

}  // namespace bursar::cli
