// Real TLS servers on loopback, with certificates that are right or wrong in one way. Made with OpenSSL, not with the
// HTTP library they test.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "operator/runtime/base/freed.hpp"

namespace bursar::testing {

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

struct Validity {
    std::chrono::seconds from = std::chrono::hours{-1};  // of now
    std::chrono::seconds until = std::chrono::hours{1};
};

struct Identity {
    Key key;
    Certificate certificate;
};

inline void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
    if (!extension) throw std::runtime_error{"no such extension: " + value};
    X509_add_ext(certificate, extension.get(), -1);
}

// A certificate for `names` (`DNS:localhost,IP:127.0.0.1`), signed by `issuer`; null: by itself.
inline Identity makeIdentity(const std::string& names, const Identity* issuer, Validity validity = {}) {
    static long serial = 1;
    Identity made{Key{EVP_EC_gen("P-256")}, Certificate{X509_new()}};
    X509* certificate = made.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), validity.from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate), validity.until.count());
    const std::string common = "bursar-test-" + std::to_string(serial);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    extend(certificate, signer, NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "CA:FALSE");
    if (!names.empty()) extend(certificate, signer, NID_subject_alt_name, names);
    X509_sign(certificate, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256());
    return made;
}

inline Identity makeAuthority() { return makeIdentity("", nullptr); }

inline std::string pemOf(const Identity& identity) {
    const std::unique_ptr<BIO, Freed<BIO_free>> out{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(out.get(), identity.certificate.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

// Serves one connection after another. `answer` gets a function that writes; it returns false once the client is gone.
class TlsServer {
  public:
    using Write = std::function<bool(const std::string&)>;
    using Answer = std::function<void(const Write&)>;

    explicit TlsServer(const Identity& identity, Answer answer, int newestVersion = TLS1_3_VERSION)
        : answer_(std::move(answer)), context_(SSL_CTX_new(TLS_server_method())) {
        SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
        SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
        if (newestVersion < TLS1_2_VERSION) {  // OpenSSL 3 needs these settings for it
            SSL_CTX_set_security_level(context_.get(), 0);
            SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
            SSL_CTX_set_min_proto_version(context_.get(), newestVersion);
        }
        SSL_CTX_set_max_proto_version(context_.get(), newestVersion);
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 8) != 0 ||
            ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error{"no port to listen on"};
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { serve(); }};
    }
    ~TlsServer() {
        ::shutdown(socket_, SHUT_RDWR);  // ends accept()
        thread_.join();
        ::close(socket_);
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

  private:
    void serve() {
        sigset_t broken;  // a client that goes away in the middle of an answer
        sigemptyset(&broken);
        sigaddset(&broken, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &broken, nullptr);
        while (true) {
            const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) return;
            const timeval patience{10, 0};
            ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
            serveOne(connection);
            ::close(connection);
        }
    }

    void serveOne(int connection) {
        const std::unique_ptr<SSL, Freed<SSL_free>> tls{SSL_new(context_.get())};
        SSL_set_fd(tls.get(), connection);
        if (SSL_accept(tls.get()) != 1) return;
        char piece[4096];
        std::string request;
        while (request.find("\r\n\r\n") == std::string::npos) {
            const int got = SSL_read(tls.get(), piece, sizeof piece);
            if (got <= 0) return;
            request.append(piece, static_cast<std::size_t>(got));
        }
        answer_([&](const std::string& text) {
            return SSL_write(tls.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
        });
        SSL_shutdown(tls.get());
        // Closing a connection with unread data resets it, and the answer may be lost.
        ::shutdown(connection, SHUT_WR);
        while (::recv(connection, piece, sizeof piece, 0) > 0) {
        }
    }

    const Answer answer_;
    const std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace bursar::testing
