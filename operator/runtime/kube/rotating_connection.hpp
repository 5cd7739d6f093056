// Private to this folder: the connections of one client to its API server. They are replaced when the token, the
// client's certificate and key, or the authority was rotated, in a file or in the kubeconfig.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/http/http_transport.hpp"
#include "operator/runtime/kube/config_source.hpp"

namespace bursar::kube {

// Thread-safe. A configuration that cannot be read or used does not replace the current one.
class RotatingConnection {
  public:
    // Throws if cpprestsdk rejects `config`.
    RotatingConnection(Config config, ConfigSource source, std::chrono::seconds requestTimeout);

    struct Current {
        std::shared_ptr<http::HttpTransport> requests;
        std::shared_ptr<http::HttpTransport> watches;  // so that watches take no connection from requests
        std::string token;
        std::optional<Instant> certificateExpires;  // of the client's certificate
        int revision = 0;
    };

    // Reads the configuration again if the last time is a minute ago.
    Current current();
    // To be called after the server refused `used`: reads again at once. True if the current configuration differs from
    // `used`, so that repeating the request makes sense.
    bool hasChanged(const Current& used);
    // Advice for the reader of a refusal: the certificate has expired, or the configuration cannot be read again.
    // Otherwise empty.
    [[nodiscard]] std::string advice(const Current& used, Instant now) const;

  private:
    void readAgain() REQUIRES(mutex_);
    Result<void> take(Config config) REQUIRES(mutex_);
    void connect(const http::TlsMaterial& material) REQUIRES(mutex_);

    const ConfigSource source_;
    const std::chrono::seconds requestTimeout_;

    mutable Mutex mutex_;
    Config config_ GUARDED_BY(mutex_);
    Current current_ GUARDED_BY(mutex_);
    std::string problem_ GUARDED_BY(mutex_);  // why the configuration read last is not used; empty: it is
    std::chrono::steady_clock::time_point readAt_ GUARDED_BY(mutex_);
};

}  // namespace bursar::kube
