#include "operator/cli/verb.hpp"

#include <cstdio>

namespace bursar::cli {

int print(const Answer& answer) {
    std::fwrite(answer.out.data(), 1, answer.out.size(), stdout);
    std::fwrite(answer.err.data(), 1, answer.err.size(), stderr);
    return answer.exitCode;
}

Result<std::shared_ptr<kube::Client>> Connection::connect(kube::ClientOptions options) const {
    auto config = kube::loadConfig(kubeconfig, context);
    if (!config) return config.error();
    return kube::Client::create(std::move(*config), std::move(options));
}

Result<std::string> Connection::contextNamespace() const {
    auto config = kube::loadConfig(kubeconfig, context);
    if (!config) return config.error();
    return std::move(config->ns);
}

SignalStop::SignalStop() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::jthread{[this] {
        int signal = 0;
        sigwait(&signals_, &signal);
        source_.request_stop();
    }};
}

SignalStop::~SignalStop() { pthread_kill(waiter_.native_handle(), SIGUSR1); }

}  // namespace bursar::cli
