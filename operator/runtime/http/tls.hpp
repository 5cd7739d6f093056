// Private to this folder: one way to set up TLS for cpprestsdk. TLS 1.2 or newer, peer and name verified, always.
#pragma once

// cpprestsdk's macro U breaks fmt.

#define _TURN_OFF_PLATFORM_STRING  // NOLINT(bugprone-reserved-identifier,cert-dcl*): cpprestsdk's name
#include <cpprest/http_client.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::http {

struct TlsMaterial {
    std::string caPem;  // empty: the system's authorities
    std::string certificatePem;
    std::string keyPem;
    std::string serverName;  // empty: the host of the URL
};

// Why the last handshake failed, which cpprestsdk does not say. Thread-safe.
class HandshakeLog {
  public:
    void note(std::string why) {
        const std::lock_guard lock{mutex_};
        why_ = std::move(why);
    }
    // Empty where OpenSSL said nothing; then the peer went away.
    std::string take() {
        const std::lock_guard lock{mutex_};
        return std::exchange(why_, {});
    }

  private:
    std::mutex mutex_;
    std::string why_;
};

// Installs the material in `config`. Redirects are off: they would carry credentials elsewhere.
void secure(web::http::client::http_client_config& config, const std::string& url, const TlsMaterial& material,
            const std::shared_ptr<HandshakeLog>& log);

// Whether it can be used: what is not PEM, or a key that is not the certificate's (one of the two is just being
// replaced).
Result<void> checkMaterial(const TlsMaterial& material);
// When the first certificate of a PEM text expires; nothing where it has none that can be read.
std::optional<Instant> expiryOf(const std::string& certificatePem);

// Starts cpprestsdk's threads once; must come before anything else of it.
void initializeThreads();

}  // namespace bursar::http
