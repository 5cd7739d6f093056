// Private to this folder: one way to set up TLS for cpprestsdk. TLS 1.2 or newer, peer and name verified, always.
#pragma once

// cpprestsdk's macro U breaks fmt.

#define _TURN_OFF_PLATFORM_STRING  // NOLINT(bugprone-reserved-identifier): cpprestsdk's name
#include <cpprest/http_client.h>

#include <string>

namespace bursar::kube {

struct TlsMaterial {
    std::string caPem;  // empty: the system's authorities
    std::string certificatePem;
    std::string keyPem;
    std::string serverName;  // empty: the host of the URL
};

// Installs the material in `config`. Redirects are off: they would carry credentials elsewhere.
void secure(web::http::client::http_client_config& config, const std::string& url, const TlsMaterial& material);

// Starts cpprestsdk's threads once; must come before anything else of it.
void initializeThreads();

}  // namespace bursar::kube
