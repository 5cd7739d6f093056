#include "operator/runtime/kube/rotating_connection.hpp"

#include <fmt/format.h>

#include <fstream>

#include "operator/runtime/http/tls.hpp"

namespace bursar::kube {
namespace {

constexpr std::chrono::seconds kWatchIdle{310};  // above the server's timeoutSeconds, so that a quiet watch is not cut
constexpr std::chrono::seconds kReadAgain{60};

http::TlsMaterial tlsOf(const Config& config) {
    return {config.caPem, config.clientCertificatePem, config.clientKeyPem, config.tlsServerName};
}

bool sameTls(const Config& a, const Config& b) {
    return a.caPem == b.caPem && a.clientCertificatePem == b.clientCertificatePem && a.clientKeyPem == b.clientKeyPem &&
           a.tlsServerName == b.tlsServerName;
}

// Empty if there is none, or if its file is empty at the moment.
std::string tokenOf(const Config& config) {
    if (config.bearerTokenFile.empty()) return config.bearerToken;
    std::ifstream input{config.bearerTokenFile};
    std::string token;
    std::getline(input, token);
    return token;
}

}  // namespace

RotatingConnection::RotatingConnection(Config config, ConfigSource source, std::chrono::seconds requestTimeout)
    : source_(std::move(source)),
      requestTimeout_(requestTimeout),
      config_(std::move(config)),
      readAt_(std::chrono::steady_clock::now()) {
    current_.token = tokenOf(config_);
    connect(tlsOf(config_));
}

RotatingConnection::Current RotatingConnection::current() {
    const MutexLock lock{mutex_};
    if (std::chrono::steady_clock::now() - readAt_ > kReadAgain) readAgain();
    return current_;
}

bool RotatingConnection::hasChanged(const Current& used) {
    const MutexLock lock{mutex_};
    if (used.revision == current_.revision) readAgain();
    return used.revision != current_.revision;
}

std::string RotatingConnection::advice(const Current& used, Instant now) const {
    const MutexLock lock{mutex_};
    std::string text;
    if (used.certificateExpires && *used.certificateExpires <= now) {
        text = fmt::format(
            "; the client certificate expired at {}: renew it in the kubeconfig or the file it names; "
            "no restart is needed",
            formatInstant(*used.certificateExpires));
    }
    if (!problem_.empty()) text += fmt::format("; the configuration was read again but is not used: {}", problem_);
    return text;
}

void RotatingConnection::readAgain() {
    readAt_ = std::chrono::steady_clock::now();
    auto fresh = source_ ? source_() : Result<Config>{config_};
    const auto taken = fresh ? take(std::move(*fresh)) : Result<void>{fresh.error()};
    problem_ = taken ? "" : taken.error().message;
}

Result<void> RotatingConnection::take(Config config) {
    // All state of the process belongs to this cluster.
    if (config.server != config_.server) {
        return makeError(ErrorCode::InvalidArgument,
                         fmt::format("it names another server, {} instead of {}; restart to use that one",
                                     config.server, config_.server));
    }
    const std::string token = tokenOf(config);
    if (!sameTls(config, config_)) {
        const http::TlsMaterial material = tlsOf(config);
        if (const auto checked = http::checkMaterial(material); !checked) return checked.error();
        connect(material);
    }
    if (!token.empty() && token != current_.token) {
        current_.token = token;
        ++current_.revision;
    }
    config_ = std::move(config);
    return {};
}

void RotatingConnection::connect(const http::TlsMaterial& material) {
    current_.requests = std::make_shared<http::HttpTransport>(config_.server, material, requestTimeout_);
    current_.watches = std::make_shared<http::HttpTransport>(config_.server, material, kWatchIdle);
    current_.certificateExpires = http::expiryOf(material.certificatePem);
    ++current_.revision;
}

}  // namespace bursar::kube
