// Private to this folder: one HTTP exchange on cpprestsdk, with every task observed and every exception an Error.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/runtime/base/result.hpp"

namespace bursar::http {

struct TlsMaterial;

struct HttpExchange {
    std::string method = "GET";
    std::string pathAndQuery;  // already escaped
    std::string body;
    std::string contentType;
    std::string accept = "application/json";
    std::string bearerToken;
    std::map<std::string, std::string> headers;  // beside those above
};

struct HttpAnswer {
    int status = 0;
    std::string body;
    int retryAfterSeconds = 0;
    std::string date = {};  // the header, where there is one
};

struct AnswerLimits {
    std::size_t maxBytes;                // of the body
    std::chrono::milliseconds deadline;  // until the last byte is there; Timeout
    std::stop_token stop = {};           // nobody waits any more; Cancelled
};

// Requests to one server over kept-alive connections. Thread-safe.
class HttpTransport {
  public:
    HttpTransport(const std::string& url, const TlsMaterial& tls, std::chrono::seconds idleTimeout);
    ~HttpTransport();

    // Any HTTP status is an answer; an Error is where there was none. `limits` bound it, also where the server never
    // falls silent.
    Result<HttpAnswer> send(const HttpExchange& exchange, const AnswerLimits& limits);

    // Streams a 2xx body to `onBytes` on the calling thread, first nothing when it begins, until the server ends it,
    // `stop` is requested, or onBytes returns false. The socket is read no faster than onBytes returns. A status other
    // than 2xx is an answer with its body, and onBytes is not called. What onBytes throws ends the stream, and is
    // thrown on.
    Result<HttpAnswer> stream(const HttpExchange& exchange, const std::stop_token& stop,
                              const std::function<bool(std::string_view)>& onBytes);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bursar::http
