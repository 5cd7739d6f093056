#include "operator/kube/tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pplx/threadpool.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl.hpp>
#include <mutex>

namespace bursar::kube {
namespace {

constexpr std::size_t kThreads = 4;

// A name that is not the URL's host is checked on top: OpenSSL then demands both the chain and this name.
void expectName(SSL_CTX* context, const std::string& name) {
    X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
}

}  // namespace

void initializeThreads() {
    static std::once_flag once;
    std::call_once(once, [] { crossplat::threadpool::initialize_with_threads(kThreads); });
}

void secure(web::http::client::http_client_config& config, const std::string& url, const TlsMaterial& material) {
    config.set_max_redirects(0);
    if (!url.starts_with("https://")) return;
    // cpprestsdk checks the name of the URL's host in its own callback; where another name is expected we check that
    // one instead, in OpenSSL, and keep the verification of the chain.
    config.set_validate_certificates(true);
    config.set_ssl_context_callback([material](boost::asio::ssl::context& context) {
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
        if (!material.serverName.empty()) expectName(native, material.serverName);
    });
    if (!material.serverName.empty()) config.set_tlsext_sni_enabled(true);
}

}  // namespace bursar::kube
