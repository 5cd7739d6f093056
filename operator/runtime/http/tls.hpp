// Private to operator/runtime/http and operator/runtime/kube: the one way to set up TLS for cpprestsdk.
// Always TLS 1.2 or newer, with peer and name verified.
#pragma once

// cpprestsdk's macro U breaks fmt.

#define _TURN_OFF_PLATFORM_STRING  // NOLINT(bugprone-reserved-identifier,cert-dcl*): cpprestsdk's name
#include <cpprest/http_client.h>

#include <memory>
#include <optional>
#include <string>

#include "operator/runtime/base/instant.hpp"
#include "operator/runtime/base/mutex.hpp"
#include "operator/runtime/base/result.hpp"

namespace bursar::http {

struct TlsMaterial {
    std::string caPem;  // empty: the system's authorities
    std::string certificatePem;
    std::string keyPem;
    std::string serverName;  // empty: the host of the URL
};

// Keeps why the last handshake failed, because cpprestsdk does not say it. Thread-safe.
class HandshakeLog {
  public:
    void note(std::string why) {
        const MutexLock lock{mutex_};
        why_ = std::move(why);
    }
    // Empty if OpenSSL gave no reason: the peer closed the connection.
    std::string take() {
        const MutexLock lock{mutex_};
        return std::exchange(why_, {});
    }

  private:
    Mutex mutex_;
    std::string why_ GUARDED_BY(mutex_);
};

// Installs the material in `config`. Redirects are off: they would carry credentials elsewhere.
void secure(web::http::client::http_client_config& config, const std::string& url, const TlsMaterial& material,
            const std::shared_ptr<HandshakeLog>& log);

// InvalidArgument if a part is not PEM, or the key does not belong to the certificate (one of the two is just being
// replaced).
Result<void> checkMaterial(const TlsMaterial& material);
// When the first certificate of a PEM text expires. Empty if it has none that can be read.
std::optional<Instant> expiryOf(const std::string& certificatePem);

// Starts cpprestsdk's threads once; to be called before any other use of cpprestsdk.
void initializeThreads();

}  // namespace bursar::http
