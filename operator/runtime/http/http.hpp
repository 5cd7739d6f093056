// A plain HTTP request to a neighbour that is not the API server (a usage source, a webhook). The one HTTP layer of
// Bursar is cpprestsdk; only operator/runtime/http and operator/runtime/kube include it.
//
// Thread-safe. https verifies the peer's certificate and name with TLS 1.2 or newer; there is no switch to turn it off.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar::http {

struct HttpRequest {
    std::string url;
    std::map<std::string, std::string> form;  // sent as application/x-www-form-urlencoded by POST
    std::string bearerToken;
    std::string caPem;                   // empty: the system's authorities
    std::chrono::seconds timeout{20};    // for the whole answer
    std::size_t maxBytes = 256U << 20U;  // a longer answer is refused
    std::stop_token stop = {};           // ends the wait
};

// A POST of a body as it is.
struct HttpPost {
    std::string url;
    std::string body;
    std::string contentType = "application/json";
    std::map<std::string, std::string> headers;
    std::chrono::seconds timeout{20};
    std::size_t maxBytes = 1U << 20U;
    std::stop_token stop = {};
};

// The body of a 2xx answer. Errors: Unavailable, Timeout, Cancelled, Unauthorized/Forbidden, InvalidArgument (4xx, a
// bad URL); messages name the URL without its credentials.
Result<std::string> postForm(const HttpRequest& request);
Result<std::string> postBody(const HttpPost& request);

// The error of an answer whose status is not 2xx. Its message repeats the beginning of `body`, which may be any bytes.
// Pure.
Error refusalOf(const std::string& url, int status, std::string_view body);

}  // namespace bursar::http
