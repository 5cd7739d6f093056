#include "operator/cli/verb/verb.hpp"

#include <cstdio>

#include "operator/runtime/base/guarded.hpp"
#include "operator/runtime/telemetry/log.hpp"

namespace bursar::cli {

int print(const Answer& answer) {
    std::fwrite(answer.out.data(), 1, answer.out.size(), stdout);
    std::fwrite(answer.err.data(), 1, answer.err.size(), stderr);
    return answer.exitCode;
}

Result<std::shared_ptr<kube::Client>> Connection::connect(kube::ClientOptions options,
                                                          kube::RequestObserver observer) const {
    auto config = kube::loadConfig(kubeconfig, context);
    if (!config) return config.error();
    return kube::createObservedClient(std::move(*config), std::move(options), std::move(observer),
                                      kube::configSource(kubeconfig, context));
}

Result<std::shared_ptr<kube::Reader>> Connection::connectToRead(kube::ClientOptions options) const {
    auto client = connect(std::move(options));
    if (!client) return client.error();
    return std::shared_ptr<kube::Reader>{std::move(*client)};
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
    sigaddset(&signals_, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::jthread{[this] {
        const auto tell = [](const std::string& cause) {
            log::error("unexpected exception", {{"thread", "signals"}, {"cause", cause}});
        };
        keepRunning(source_.get_token(), tell, [this] { waitForSignals(); });
    }};
}

void SignalStop::waitForSignals() {
    int signal = 0;
    while (!source_.stop_requested()) {
        if (sigwait(&signals_, &signal) != 0) continue;
        if (signal == SIGUSR1) log::moreVerbose();
        if (signal == SIGUSR2) log::lessVerbose();
        if (signal == SIGTERM || signal == SIGINT) source_.request_stop();
    }
}

SignalStop::~SignalStop() {
    // SIGTERM is blocked in this process; it ends the wait of the thread.
    if (!source_.stop_requested())
        pthread_kill(waiter_.native_handle(), SIGTERM);  // NOLINT(*-bad-signal-to-kill-thread,cert-pos44-c)
}

}  // namespace bursar::cli
