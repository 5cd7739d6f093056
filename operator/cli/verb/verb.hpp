// Shared by all verbs: their answer, the connection to a cluster, and stopping by signals.
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

// Output of a verb that only reads.
struct Answer {
    std::string out;  // for standard output
    std::string err;
    int exitCode = 0;
};

// The action of a verb; returns the process's exit code.
using Action = std::function<int()>;

// Prints the answer; returns its exit code.
int print(const Answer& answer);

// --kubeconfig and --context, and a client for them.
struct Connection {
    std::string kubeconfig;
    std::string context;

    [[nodiscard]] Result<std::shared_ptr<kube::Client>> connect(kube::ClientOptions options = {},
                                                                kube::RequestObserver observer = {}) const;
    // For a verb that only reads.
    [[nodiscard]] Result<std::shared_ptr<kube::Reader>> connectToRead(kube::ClientOptions options = {}) const;
    // The context's namespace, as kubectl uses it without -n: `default` if the context names none.
    [[nodiscard]] Result<std::string> contextNamespace() const;
};

// Everything outside the process that a verb which reads manifests asks.
struct Surroundings {
    std::istream& in;
    Instant now;
    std::function<Result<std::shared_ptr<kube::Reader>>()> connect;
    // The namespace of the kubeconfig's context; asked where manifests are compared with a cluster.
    std::function<Result<std::string>()> contextNamespace = {};
};

// While this lives, SIGTERM and SIGINT request a stop; SIGUSR1 makes the log more verbose by one level, SIGUSR2 less.
// The signals are blocked in every thread started later, and one thread waits for them: no code runs in a signal
// handler. Create it before any other thread.
class SignalStop {
  public:
    SignalStop();
    ~SignalStop();
    SignalStop(const SignalStop&) = delete;
    SignalStop& operator=(const SignalStop&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  private:
    void waitForSignals();

    sigset_t signals_{};
    std::stop_source source_;
    std::jthread waiter_;
};

}  // namespace bursar::cli
