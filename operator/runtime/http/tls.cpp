#include "operator/runtime/http/tls.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pplx/threadpool.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl.hpp>

#include "operator/runtime/base/freed.hpp"

namespace bursar::http {
namespace {

constexpr std::size_t kThreads = 4;

// OpenSSL then verifies the chain and this name, in addition to cpprestsdk's check of the URL's host.
void expectName(SSL_CTX* context, const std::string& name) {
    X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1) return;
    X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
}

std::string describeVerification(long result) {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the server's certificate has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the server's certificate is not valid yet; check both clocks";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the server's certificate does not name this host; check the URL";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "the server's certificate is signed by itself, and not one of the configured authorities";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "the server's certificate is not signed by the configured authority; check the certificate "
                   "authority";
        default:
            return fmt::format("the server's certificate cannot be trusted: {}", X509_verify_cert_error_string(result));
    }
}

std::string describeAlert(int alert, bool ours) {
    if ((alert & 0xff) == SSL_AD_PROTOCOL_VERSION) return "the server speaks no TLS 1.2 or newer";
    return fmt::format("{} ended it: {}", ours ? "we" : "the server", SSL_alert_desc_string_long(alert));
}

using SharedLog = std::shared_ptr<HandshakeLog>;

// The slot of the log in an OpenSSL context. The log is freed with the context, which may outlive the transport.
int logIndex() {
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* data, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<SharedLog*>(data); });
    return index;
}

void onTlsEvent(const SSL* connection, int where, int value) {
    const bool fatal = (where & SSL_CB_ALERT) != 0 && (value >> 8) == SSL3_AL_FATAL;
    if (!fatal) return;
    const auto* log = static_cast<const SharedLog*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), logIndex()));
    if (log == nullptr) return;
    const bool ours = (where & SSL_CB_WRITE) != 0;
    const long verified = SSL_get_verify_result(connection);
    (*log)->note(ours && verified != X509_V_OK ? describeVerification(verified) : describeAlert(value, ours));
}

void observe(SSL_CTX* context, const SharedLog& log) {
    auto kept = std::make_unique<SharedLog>(log);
    if (SSL_CTX_set_ex_data(context, logIndex(), kept.get()) != 1) return;  // failures stay without a reason
    static_cast<void>(kept.release());                                      // the context owns it now
    SSL_CTX_set_info_callback(context, onTlsEvent);
}

using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;

int noPassphrase(char*, int, int, void*) { return -1; }  // otherwise OpenSSL would ask at the terminal

Bio bioOf(const std::string& pem) { return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))}; }

Certificate certificateOf(const std::string& pem) {
    return Certificate{PEM_read_bio_X509(bioOf(pem).get(), nullptr, noPassphrase, nullptr)};
}

}  // namespace

Result<void> checkMaterial(const TlsMaterial& material) {
    if (!material.caPem.empty() && !certificateOf(material.caPem)) {
        return makeError(ErrorCode::InvalidArgument, "the certificate authority is not PEM");
    }
    if (material.certificatePem.empty() && material.keyPem.empty()) return {};
    const Certificate certificate = certificateOf(material.certificatePem);
    if (!certificate) return makeError(ErrorCode::InvalidArgument, "the client certificate is not PEM");
    const PrivateKey key{PEM_read_bio_PrivateKey(bioOf(material.keyPem).get(), nullptr, noPassphrase, nullptr)};
    if (!key) return makeError(ErrorCode::InvalidArgument, "the client key is not PEM");
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        return makeError(ErrorCode::InvalidArgument, "the client key is not that of the client certificate");
    }
    return {};
}

std::optional<Instant> expiryOf(const std::string& certificatePem) {
    if (certificatePem.empty()) return std::nullopt;
    const Certificate certificate = certificateOf(certificatePem);
    std::tm fields{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &fields) != 1) return std::nullopt;
    return instantOf(fields);
}

void initializeThreads() {
    static std::once_flag once;
    std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(kThreads); });
}

void secure(web::http::client::http_client_config& config, const std::string& url, const TlsMaterial& material,
            const std::shared_ptr<HandshakeLog>& log) {
    config.set_max_redirects(0);
    if (!url.starts_with("https://")) return;
    config.set_validate_certificates(true);
    const std::string name = material.serverName.empty() ? web::uri{url}.host() : material.serverName;
    config.set_ssl_context_callback([material, name, log](boost::asio::ssl::context& context) {
        SSL_CTX* native = context.native_handle();
        SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
        if (material.caPem.empty()) {
            context.set_default_verify_paths();
        } else {
            context.add_certificate_authority(boost::asio::buffer(material.caPem));
        }
        if (!material.certificatePem.empty()) {
            context.use_certificate_chain(boost::asio::buffer(material.certificatePem));
            context.use_private_key(boost::asio::buffer(material.keyPem), boost::asio::ssl::context::pem);
        }
        expectName(native, name);
        observe(native, log);
    });
    if (!material.serverName.empty()) config.set_tlsext_sni_enabled(true);
}

}  // namespace bursar::http
