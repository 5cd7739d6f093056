// What the verbs of the command line share: what they answer, how they reach a cluster, how they are told to stop.
#pragma once

#include <csignal>
#include <functional>
#include <istream>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/runtime/kube/request_observer.hpp"

namespace bursar::cli {

// What a verb that only reads has to say.
struct Answer {
    std::string out;  // for standard output
    std::string err;
    int exitCode = 0;
};

// What the verb that was given does; returns the process's exit code.
using Action = std::function<int()>;

// Prints it; returns its exit code.
int print(const Answer& answer);

// --kubeconfig and --context, and the client they lead to.
struct Connection {
    std::string kubeconfig;
    std::string context;

    [[nodiscard]] Result<std::shared_ptr<kube::Client>> connect(kube::ClientOptions options = {},
                                                                kube::RequestObserver observer = {}) const;
    // Of the context, as kubectl takes it where -n is not given: `default` where the context names none.
    [[nodiscard]] Result<std::string> contextNamespace() const;
};

// Everything outside the process that a verb which reads manifests asks.
struct Surroundings {
    std::istream& in;
    Instant now;
    std::function<Result<std::shared_ptr<kube::Client>>()> connect;
    // The namespace of the kubeconfig's context; asked where manifests are compared with a cluster.
    std::function<Result<std::string>()> contextNamespace = {};
};

// SIGTERM and SIGINT become a stop request while this lives; SIGUSR1 makes the log more verbose by a level, SIGUSR2
// less. They are blocked in every thread begun after it and taken by one that waits for them, so that nothing runs in a
// signal handler. Make it before any other thread.
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

}  // namespace bursar::cli
