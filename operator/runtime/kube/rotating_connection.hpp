// Private to this folder: the connections of one client to its API server, made anew when what they were made of was
// rotated: the token, the client's certificate and key, the authority, wherever the configuration has them from.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/http/http_transport.hpp"
#include "operator/runtime/kube/config_source.hpp"

namespace bursar::kube {

// Thread-safe. What cannot be read or used when it is read again is left aside until it can: what there was stays.
class RotatingConnection {
  public:
    // Throws where `config` is not what cpprestsdk takes.
    RotatingConnection(Config config, ConfigSource source, std::chrono::seconds requestTimeout);

    struct Current {
        std::shared_ptr<http::HttpTransport> requests;
        std::shared_ptr<http::HttpTransport>
            watches;  // apart, so that a client's watches use up no connection of its requests
        std::string token;
        std::optional<Instant> certificateExpires;  // of the client's certificate
        int revision = 0;
    };

    // Read again where that was a minute ago.
    Current current();
    // After a refusal of `used`: reads again at once. True where that is not what is current any more: worth a
    // repetition.
    bool hasChanged(const Current& used);
    // What to do about a refusal: a certificate that has expired, a configuration that cannot be read again; else
    // empty.
    [[nodiscard]] std::string advice(const Current& used, Instant now) const;

  private:
    void readAgain();
    Result<void> take(Config config);
    void connect(const http::TlsMaterial& material);

    const ConfigSource source_;
    const std::chrono::seconds requestTimeout_;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    Config config_;
    Current current_;
    std::string problem_;  // why what was read last was left aside
    std::chrono::steady_clock::time_point readAt_;
};

}  // namespace bursar::kube
